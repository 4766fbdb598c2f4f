/** The row of a webhook. Holds no secret; webhook.secret.ts derives it. */
import { ArrayType } from '@mikro-orm/core';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

@Entity({ tableName: 'webhooks' })
export class WebhookEntity {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'text' })
  url!: string;

  /** Names of event types, or only `*`. */
  @Property({ type: ArrayType, columnType: 'text[]' })
  events!: string[];

  /** Null for all public channels and all projects. */
  @Property({ type: 'uuid', nullable: true })
  channelId!: string | null;

  @Property({ type: 'uuid' })
  createdBy!: string;

  /** The API key that created it, and ends it when it ends; null if the creator used none. */
  @Property({ type: 'uuid', nullable: true })
  madeByKey!: string | null;

  @Property({ type: 'timestamptz' })
  createdAt!: Date;

  /** Time of the first failure since the last success. */
  @Property({ type: 'timestamptz', nullable: true })
  failingSince!: Date | null;

  @Property({ type: 'timestamptz', nullable: true })
  disabledAt!: Date | null;

  /** The reason; null while enabled. */
  @Property({ type: 'text', nullable: true })
  disabledReason!: string | null;

  /** The number of the current secret, from 1. */
  @Property({ type: 'integer' })
  secretVersion!: number;

  /** End of the overlap in which deliveries are also signed with the previous secret. */
  @Property({ type: 'timestamptz', nullable: true })
  previousSecretUntil!: Date | null;
}
