/** Messages that are to be sent later, as their authors see them. */
import { IsText } from '@chat/kit/graphql/text';
import { connectionType } from '@chat/kit/graphql/connection';
import { Field, ID, InputType, ObjectType } from 'type-graphql';

@ObjectType({ simpleResolvers: true, description: 'A message that is to be sent later.' })
export class ScheduledMessage {
  @Field(() => ID, { description: 'Opaque (UUIDv7).' })
  id!: string;

  @Field({ description: 'Markdown.' })
  body!: string;

  @Field(() => Date, { description: 'When it is sent.' })
  sendAt!: Date;

  @Field(() => String, {
    nullable: true,
    description: 'Why it could not be sent when its time came; null while it waits.',
  })
  failure!: string | null;
}

@ObjectType({ description: 'Scheduled messages, next first.' })
export class ScheduledMessageConnection extends connectionType('ScheduledMessage', () => ScheduledMessage) {}

@InputType({ description: 'A message to send later.' })
export class ScheduleMessageInput {
  @Field(() => ID, { description: 'Into which channel. The viewer has to be a member, now and then.' })
  channelId!: string;

  @IsText({ min: 0, max: Infinity, multiline: true })
  @Field({ description: 'Markdown; the same limits as for sending.' })
  body!: string;

  @Field(() => Date, { description: 'When to send it: in the future, at most a year ahead.' })
  sendAt!: Date;
}
