/** Incoming webhooks as clients see them. */
import { connectionType } from '@chat/kit/graphql/connection';
import { Field, ID, ObjectType } from 'type-graphql';

@ObjectType({
  simpleResolvers: true,
  description: `A URL that brings messages into a channel, in the name and with the rights of who created it. It takes what Slack's
incoming webhooks take: JSON, or a form with \`payload\`; \`text\`, \`username\` and \`attachments\`. It answers in words as
Slack's do: \`ok\`, \`invalid_payload\`, \`no_text\`, \`msg_too_long\`, \`no_service\`, \`action_prohibited\`, \`rate_limited\`.`,
})
export class IncomingWebhook {
  @Field(() => ID, { description: 'Opaque (UUIDv7).' })
  id!: string;

  @Field({ description: 'What messages are headed with where they bring no `username`.' })
  name!: string;

  @Field(() => Date, { description: 'When it was created.' })
  createdAt!: Date;
}

@ObjectType({ description: 'Incoming webhooks, oldest first.' })
export class IncomingWebhookConnection extends connectionType('IncomingWebhook', () => IncomingWebhook) {}
