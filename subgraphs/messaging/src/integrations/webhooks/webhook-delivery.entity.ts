/** One event on its way to one webhook; kept as a log for some time afterwards. */
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { registerEnumType } from 'type-graphql';

export enum WebhookDeliveryStatus {
  PENDING = 'PENDING',
  DELIVERED = 'DELIVERED',
  FAILED = 'FAILED',
}

registerEnumType(WebhookDeliveryStatus, {
  name: 'WebhookDeliveryStatus',
  description: 'How far a delivery is.',
  valuesConfig: {
    PENDING: { description: 'Not yet attempted, or to be attempted again.' },
    DELIVERED: { description: 'The receiver answered with a status from 200 to 299.' },
    FAILED: { description: 'Given up.' },
  },
});

@Entity({ tableName: 'webhook_deliveries' })
export class WebhookDeliveryEntity {
  /** Also the `webhook-id` of the request, the same at each attempt. */
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'uuid' })
  webhookId!: string;

  /** The name of the event's type. */
  @Property({ type: 'text' })
  event!: string;

  /** What is sent, the same at each attempt as long as the message that it tells of is. */
  @Property({ type: 'text', lazy: true })
  body!: string;

  @Property({ type: 'text' })
  status!: WebhookDeliveryStatus;

  @Property({ type: 'integer' })
  attempts!: number;

  @Property({ type: 'integer', nullable: true })
  responseStatus!: number | null;

  /** Why the last attempt failed, in words. */
  @Property({ type: 'text', nullable: true })
  error!: string | null;

  @Property({ type: 'timestamptz', nullable: true })
  nextAttemptAt!: Date | null;

  @Property({ type: 'timestamptz' })
  createdAt!: Date;

  @Property({ type: 'timestamptz', nullable: true })
  firstFailedAt!: Date | null;

  @Property({ type: 'timestamptz', nullable: true })
  deliveredAt!: Date | null;
}
