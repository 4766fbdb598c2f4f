/** The input of createIncomingWebhook. */
import { IsText } from '@chat/kit/graphql/text';
import { Field, ID, InputType } from 'type-graphql';
import { SENDER_NAME_MAX } from './sender-name';

@InputType({ description: 'An incoming webhook to create.' })
export class CreateIncomingWebhookInput {
  @Field(() => ID, { description: 'The channel of its messages; for the moderators of the channel.' })
  channelId!: string;

  @IsText({ max: SENDER_NAME_MAX })
  @Field({ description: `The default sender name of its messages: 1 to ${SENDER_NAME_MAX} characters.` })
  name!: string;
}
