/** GraphQL types of webhooks and deliveries. */
import { connectionType } from '@chat/kit/graphql/connection';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { WebhookDeliveryStatus } from './webhook-delivery.entity';

@ObjectType({
  simpleResolvers: true,
  description: `A URL that receives events as POST requests, signed according to Standard Webhooks. Delivery is at least once, with the same
\`webhook-id\` at each attempt, and retries back off. The body has \`type\`, \`timestamp\` and \`data\` (ids, and the message or
ticket). Visible to the moderators of its channel and to administrators.`,
})
export class Webhook {
  @Field(() => ID, { description: 'Opaque (UUIDv7).' })
  id!: string;

  @Field({ description: 'The target of the requests.' })
  url!: string;

  @Field(() => [String], { description: 'Names of the event types; `*` for all.' })
  events!: string[];

  @Field(() => Date, { description: 'When it was created.' })
  createdAt!: Date;

  @Field(() => Date, {
    nullable: true,
    description:
      'End of the overlap in which requests are also signed with the previous secret; null before any rotation.',
  })
  previousSecretUntil!: Date | null;

  @Field(() => Date, {
    nullable: true,
    description: 'Time of the first failure since the last success; null if there is none.',
  })
  failingSince!: Date | null;

  @Field(() => Date, {
    nullable: true,
    description:
      'When it was disabled: after lasting failure, because the receiver responded with 410, or because the creator lost access. Null while enabled.',
  })
  disabledAt!: Date | null;

  @Field(() => String, { nullable: true, description: 'The reason; null while enabled.' })
  disabledReason!: string | null;
}

@ObjectType({ description: 'Webhooks, oldest first.' })
export class WebhookConnection extends connectionType('Webhook', () => Webhook) {}

@ObjectType({ simpleResolvers: true, description: 'The delivery of one event to one webhook.' })
export class WebhookDelivery {
  @Field(() => ID, { description: 'The `webhook-id` of each request.' })
  id!: string;

  @Field({ description: 'The name of the event type.' })
  event!: string;

  @Field(() => WebhookDeliveryStatus, { description: 'The state of the delivery.' })
  status!: WebhookDeliveryStatus;

  @Field(() => Int, { description: 'The number of attempts since the delivery was last requested.' })
  attempts!: number;

  @Field(() => Int, { nullable: true, description: 'The HTTP status of the last response; null if there was none.' })
  responseStatus!: number | null;

  @Field(() => String, { nullable: true, description: 'The error of the last attempt; null if there was none.' })
  error!: string | null;

  @Field(() => Date, { nullable: true, description: 'Time of the next attempt; null if there is none.' })
  nextAttemptAt!: Date | null;

  @Field(() => Date, { description: 'When the delivery was queued.' })
  createdAt!: Date;

  @Field(() => Date, { nullable: true, description: 'When the receiver accepted it; null if it has not.' })
  deliveredAt!: Date | null;
}

@ObjectType({ description: 'Deliveries, newest first.' })
export class WebhookDeliveryConnection extends connectionType('WebhookDelivery', () => WebhookDelivery) {}
