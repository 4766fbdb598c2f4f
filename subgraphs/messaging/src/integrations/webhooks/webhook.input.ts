/** What clients send to make a webhook. */
import { IsText } from '@chat/kit/graphql/text';
import { Field, ID, InputType } from 'type-graphql';
import { ArrayMaxSize, ArrayMinSize, IsIn } from 'class-validator';
import { URL_MAX } from './public-address';
import { ALL_EVENTS, WEBHOOK_EVENTS } from './webhook.events';

@InputType({ description: 'A webhook to create.' })
export class CreateWebhookInput {
  @IsText({ min: 0, max: 4096 })
  @Field({
    description: `https:// or http://, at most ${URL_MAX} characters, without user name and password, and not to a private address unless the installation allows it.`,
  })
  url!: string;

  @ArrayMinSize(1)
  @ArrayMaxSize(50)
  @IsIn([ALL_EVENTS, ...WEBHOOK_EVENTS], {
    each: true,
    message: `events must be of: ${[ALL_EVENTS, ...WEBHOOK_EVENTS].join(', ')}`,
  })
  @Field(() => [String], { description: `Of: ${WEBHOOK_EVENTS.join(', ')}; or \`*\` for all, later ones included.` })
  events!: string[];

  @Field(() => ID, {
    nullable: true,
    description:
      'The channel whose events are sent; for its moderators. Absent: those of all public channels and all projects; for administrators.',
  })
  channelId?: string | null;
}
