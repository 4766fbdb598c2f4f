/** A URL that brings messages into a channel, as its table has it. The token is kept as a hash only. */
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

  /** In whose name the messages are sent, and with whose rights in the channel. */
  @Property({ type: 'uuid' })
  createdBy!: string;

  /** The API key that made it, and that it ends with; null if its creator did so in person. */
  @Property({ type: 'uuid', nullable: true })
  madeByKey!: string | null;

  @Property({ type: 'timestamptz' })
  createdAt!: Date;

  /** Known while it is being made, and never again. */
  @Property({ persist: false })
  token?: string;
}
