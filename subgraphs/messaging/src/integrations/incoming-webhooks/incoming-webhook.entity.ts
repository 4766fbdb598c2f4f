/** The row of an incoming webhook. Stores only a hash of the token. */
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

@Entity({ tableName: 'incoming_webhooks' })
export class IncomingWebhookEntity {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'uuid' })
  channelId!: string;

  @Property({ type: 'text' })
  name!: string;

  /** SHA-256, base64url; unique. */
  @Property({ type: 'text' })
  tokenHash!: string;

  /** The author of its messages. The author's permissions in the channel apply. */
  @Property({ type: 'uuid' })
  createdBy!: string;

  /** The API key that created it, and ends it when it ends; null if the creator used none. */
  @Property({ type: 'uuid', nullable: true })
  madeByKey!: string | null;

  @Property({ type: 'timestamptz' })
  createdAt!: Date;

  /** Only set at creation. */
  @Property({ persist: false })
  token?: string;
}
