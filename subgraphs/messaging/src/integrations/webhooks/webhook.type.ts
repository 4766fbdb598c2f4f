/** Webhooks and their deliveries as clients see them. */
import { connectionType } from '@chat/kit/graphql/connection';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { WebhookDeliveryStatus } from './webhook-delivery.entity';

@ObjectType({
  simpleResolvers: true,
  description: `A URL that is told of events, by POST requests signed as Standard Webhooks specifies: at least once, with the same
\`webhook-id\` each time, retried with growing pauses. The body has \`type\`, \`timestamp\` and \`data\` (ids, and the message or
ticket). Only whoever may manage a webhook sees it: moderators of its channel, and administrators.`,
})
export class Webhook {
  @Field(() => ID, { description: 'Opaque (UUIDv7).' })
  id!: string;

  @Field({ description: 'Where events are sent.' })
  url!: string;

  @Field(() => [String], { description: 'Names of event types that it hears of; `*` for all.' })
  events!: string[];

  @Field(() => Date, { description: 'When it was created.' })
  createdAt!: Date;

  @Field(() => Date, {
    nullable: true,
    description: 'Until when requests are also signed with the secret before the last change; null before any change.',
  })
  previousSecretUntil!: Date | null;

  @Field(() => Date, {
    nullable: true,
    description: 'Of the first failure since anything was delivered; null while all is well.',
  })
  failingSince!: Date | null;

  @Field(() => Date, {
    nullable: true,
    description:
      'When it stopped: after lasting failure, because its receiver answered 410, or because its creator lost access. Null while it works.',
  })
  disabledAt!: Date | null;

  @Field(() => String, { nullable: true, description: 'Why it stopped, in words; null while it works.' })
  disabledReason!: string | null;
}

@ObjectType({ description: 'Webhooks, oldest first.' })
export class WebhookConnection extends connectionType('Webhook', () => Webhook) {}

@ObjectType({ simpleResolvers: true, description: 'One event on its way to one webhook.' })
export class WebhookDelivery {
  @Field(() => ID, { description: 'The `webhook-id` that the receiver is given, the same at each attempt.' })
  id!: string;

  @Field({ description: 'The name of the type of the event.' })
  event!: string;

  @Field(() => WebhookDeliveryStatus, { description: 'How far it is.' })
  status!: WebhookDeliveryStatus;

  @Field(() => Int, { description: 'How often it was attempted, since it was last asked for again.' })
  attempts!: number;

  @Field(() => Int, { nullable: true, description: 'The HTTP status of the last answer; null where there was none.' })
  responseStatus!: number | null;

  @Field(() => String, { nullable: true, description: 'Why the last attempt failed, in words; null where it did not.' })
  error!: string | null;

  @Field(() => Date, { nullable: true, description: 'When it will be attempted next; null where it will not.' })
  nextAttemptAt!: Date | null;

  @Field(() => Date, { description: 'When the event was taken up for this webhook.' })
  createdAt!: Date;

  @Field(() => Date, { nullable: true, description: 'When the receiver took it; null where it has not.' })
  deliveredAt!: Date | null;
}

@ObjectType({ description: 'Deliveries, newest first.' })
export class WebhookDeliveryConnection extends connectionType('WebhookDelivery', () => WebhookDelivery) {}
