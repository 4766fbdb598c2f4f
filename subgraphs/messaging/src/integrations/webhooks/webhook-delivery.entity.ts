/** The delivery of one event to one webhook; also its log entry afterwards. */
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { registerEnumType } from 'type-graphql';

export enum WebhookDeliveryStatus {
  PENDING = 'PENDING',
  DELIVERED = 'DELIVERED',
  FAILED = 'FAILED',
}

registerEnumType(WebhookDeliveryStatus, {
  name: 'WebhookDeliveryStatus',
  description: 'The state of a delivery.',
  valuesConfig: {
    PENDING: { description: 'Waiting for the first attempt or a retry.' },
    DELIVERED: { description: 'The receiver responded with a status from 200 to 299.' },
    FAILED: { description: 'Abandoned: it is not retried any more.' },
  },
});

@Entity({ tableName: 'webhook_deliveries' })
export class WebhookDeliveryEntity {
  /** Also the `webhook-id` of each request. */
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'uuid' })
  webhookId!: string;

  /** The name of the event's type. */
  @Property({ type: 'text' })
  event!: string;

  /** The body of each request. Changes only if its message is deleted. */
  @Property({ type: 'text', lazy: true })
  body!: string;

  @Property({ type: 'text' })
  status!: WebhookDeliveryStatus;

  @Property({ type: 'integer' })
  attempts!: number;

  @Property({ type: 'integer', nullable: true })
  responseStatus!: number | null;

  /** The reason for which the last attempt failed. */
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
