/** The input of createWebhook. */
import { IsText } from '@chat/kit/graphql/text';
import { FurtherChecks } from '@chat/kit/graphql/wrong-fields';
import { Field, ID, InputType } from 'type-graphql';
import type { MessagingContext } from '../../context';
import { ArrayMaxSize, ArrayMinSize } from 'class-validator';
import { URL_MAX } from '@chat/kit/outbound/public-address';

@FurtherChecks((input: CreateWebhookInput, { services }: MessagingContext) => services.webhooks.checkWebhook(input))
@InputType({ description: 'A webhook to create.' })
export class CreateWebhookInput {
  @IsText({ min: 0, max: 4096 })
  @Field({
    description: `An https:// or http:// URL with at most ${URL_MAX} characters and no user name or password. Must not lead to a private address unless the installation allows it.`,
  })
  url!: string;

  @ArrayMinSize(1)
  @ArrayMaxSize(50)
  @IsText({ max: 80 }, { each: true })
  @Field(() => [String], {
    description:
      'Event types of channels and projects, such as MessageAdded or TicketCreated, or `*` for all, including those of later releases.',
  })
  events!: string[];

  @Field(() => ID, {
    nullable: true,
    description:
      'Sends the events of this channel; for its moderators. If absent, sends those of all public channels and projects; for administrators.',
  })
  channelId?: string | null;
}
