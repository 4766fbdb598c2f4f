/** What clients send to make an incoming webhook. */
import { IsText } from '@chat/kit/graphql/text';
import { Field, ID, InputType } from 'type-graphql';
import { SENDER_NAME_MAX } from './sender-name';

@InputType({ description: 'An incoming webhook to create.' })
export class CreateIncomingWebhookInput {
  @Field(() => ID, { description: 'Into which channel its messages go; for the moderators of the channel.' })
  channelId!: string;

  @IsText({ max: SENDER_NAME_MAX })
  @Field({ description: `What its messages are headed with: 1 to ${SENDER_NAME_MAX} characters.` })
  name!: string;
}
