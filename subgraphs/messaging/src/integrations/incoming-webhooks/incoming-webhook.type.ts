/** GraphQL types of incoming webhooks. */
import { connectionType } from '@chat/kit/graphql/connection';
import { Field, ID, ObjectType } from 'type-graphql';

@ObjectType({
  simpleResolvers: true,
  description: `A URL that posts messages to a channel in the name and with the permissions of its creator. It accepts the payloads of Slack's
incoming webhooks: JSON, or a form with \`payload\`; \`text\`, \`username\`, \`attachments\` and \`blocks\`. It responds with
Slack's words: \`ok\`, \`invalid_payload\`, \`no_text\`, \`msg_too_long\`, \`no_service\`, \`action_prohibited\`, \`rate_limited\`.`,
})
export class IncomingWebhook {
  @Field(() => ID, { description: 'Opaque (UUIDv7).' })
  id!: string;

  @Field({ description: 'The sender name of messages without a `username`.' })
  name!: string;

  @Field(() => Date, { description: 'When it was created.' })
  createdAt!: Date;
}

@ObjectType({ description: 'Incoming webhooks, oldest first.' })
export class IncomingWebhookConnection extends connectionType('IncomingWebhook', () => IncomingWebhook) {}
