/** GraphQL types of scheduled messages. */
import { IsText } from '@chat/kit/graphql/text';
import { connectionType } from '@chat/kit/graphql/connection';
import { FurtherChecks } from '@chat/kit/graphql/wrong-fields';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import type { MessagingContext } from '../../context';

@ObjectType({ simpleResolvers: true, description: 'A message to be sent later.' })
export class ScheduledMessage {
  @Field(() => ID, { description: 'Opaque (UUIDv7).' })
  id!: string;

  @Field({ description: 'Markdown.' })
  body!: string;

  @Field(() => Date, { description: 'When it is sent.' })
  sendAt!: Date;

  @Field(() => String, {
    nullable: true,
    description: 'The reason for which it could not be sent; null while it is pending.',
  })
  failure!: string | null;
}

@ObjectType({ description: 'Scheduled messages, next first.' })
export class ScheduledMessageConnection extends connectionType('ScheduledMessage', () => ScheduledMessage) {}

@FurtherChecks(async (input: ScheduleMessageInput, { loaders, services }: MessagingContext) =>
  services.scheduledMessages.checkMessage(await loaders.channel.requireChannel(input.channelId), input),
)
@InputType({ description: 'A message to send later.' })
export class ScheduleMessageInput {
  @Field(() => ID, { description: 'The channel. The viewer must be a member now and at that time.' })
  channelId!: string;

  @IsText({ min: 0, max: Infinity, multiline: true })
  @Field({ description: 'Markdown, with the same limits as in sendMessage.' })
  body!: string;

  @Field(() => Date, { description: 'When to send it: at most a year ahead.' })
  sendAt!: Date;
}

@InputType({ description: 'Changes to a scheduled message. Absent fields stay unchanged.' })
export class UpdateScheduledMessageInput {
  @Field(() => ID, { description: 'The scheduled message.' })
  id!: string;

  @IsText({ min: 0, max: Infinity, multiline: true })
  @Field(() => String, { nullable: true, description: 'Markdown, with the same limits as in sendMessage.' })
  body?: string | null;

  @Field(() => Date, { nullable: true, description: 'When to send it: in the future, at most a year ahead.' })
  sendAt?: Date | null;
}
