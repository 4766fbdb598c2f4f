/** A webhook as its table has it. Its secret is nowhere: see webhook.secret.ts. */
import { ArrayType } from '@mikro-orm/core';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

@Entity({ tableName: 'webhooks' })
export class WebhookEntity {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'text' })
  url!: string;

  /** Names of event types, or just `*`. */
  @Property({ type: ArrayType, columnType: 'text[]' })
  events!: string[];

  /** Null: of all public channels and all projects. */
  @Property({ type: 'uuid', nullable: true })
  channelId!: string | null;

  @Property({ type: 'uuid' })
  createdBy!: string;

  /** The API key that made it, and that it ends with; null if its creator did so in person. */
  @Property({ type: 'uuid', nullable: true })
  madeByKey!: string | null;

  @Property({ type: 'timestamptz' })
  createdAt!: Date;

  /** Of the first failure since the last success. */
  @Property({ type: 'timestamptz', nullable: true })
  failingSince!: Date | null;

  @Property({ type: 'timestamptz', nullable: true })
  disabledAt!: Date | null;

  /** Why, in words; null while it works. */
  @Property({ type: 'text', nullable: true })
  disabledReason!: string | null;

  /** 1, 2, 3, …: which of its secrets it has come to. */
  @Property({ type: 'integer' })
  secretVersion!: number;

  /** Until when deliveries are also signed with the secret before. */
  @Property({ type: 'timestamptz', nullable: true })
  previousSecretUntil!: Date | null;
}
