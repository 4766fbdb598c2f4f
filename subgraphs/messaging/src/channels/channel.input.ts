/** Inputs that create and change channels. */
import { IsText } from '@chat/kit/graphql/text';
import { FurtherChecks } from '@chat/kit/graphql/wrong-fields';
import { ArrayMaxSize, IsInt, IsUUID, Max, Min } from 'class-validator';
import { Field, ID, InputType, Int } from 'type-graphql';
import type { MessagingContext } from '../context';
import { ChannelType } from './channel.entity';

/** The maximum number of accounts that one call adds. */
export const MAX_ADDED_MEMBERS = 1000;

const NAME = { max: 80 };
const TOPIC = { min: 0, max: 500 };

@FurtherChecks((input: CreateChannelInput, { em, services }: MessagingContext) =>
  services.channels.checkChannel(em, input),
)
@InputType({ description: 'A channel to create.' })
export class CreateChannelInput {
  @IsText(NAME)
  @Field({ description: 'The name: 1 to 80 characters. Names need not be unique.' })
  name!: string;

  @IsText(TOPIC)
  @Field(() => String, { nullable: true, description: 'The topic: at most 500 characters.' })
  topic?: string | null;

  @Field(() => ChannelType, {
    nullable: true,
    description: 'PUBLIC (the default) or PRIVATE; for DIRECT use openDirectChannel.',
  })
  type?: ChannelType | null;

  @ArrayMaxSize(MAX_ADDED_MEMBERS)
  @IsUUID(undefined, { each: true })
  @Field(() => [ID], {
    nullable: true,
    description: `Accounts to add besides the viewer: at most ${MAX_ADDED_MEMBERS}.`,
  })
  memberIds?: string[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether guests may join; false by default. BAD_USER_INPUT if the channel is private.',
  })
  openToGuests?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether its messages have `suggestedReactions`; false by default.',
  })
  suggestsReactions?: boolean | null;
}

@FurtherChecks(async (input: UpdateChannelInput, { loaders, services }: MessagingContext) =>
  services.channels.checkChange(await loaders.channel.requireChannel(input.id), input),
)
@InputType({ description: 'Changes to a channel. Absent fields stay unchanged.' })
export class UpdateChannelInput {
  @Field(() => ID, { description: 'The channel.' })
  id!: string;

  @IsText(NAME)
  @Field(() => String, { nullable: true, description: 'A new name: 1 to 80 characters.' })
  name?: string | null;

  @IsText(TOPIC)
  @Field(() => String, { nullable: true, description: 'A new topic: at most 500 characters.' })
  topic?: string | null;

  @IsInt()
  @Min(0)
  @Max(21_600)
  @Field(() => Int, {
    nullable: true,
    description: 'Slow mode: the pause between two messages of a member, in seconds, 0 (none) to 21600.',
  })
  slowModeSeconds?: number | null;

  @IsInt()
  @Min(0)
  @Max(36_500)
  @Field(() => Int, {
    nullable: true,
    description: 'Days after which messages are permanently removed: 1 to 36500; 0 for never.',
  })
  retentionDays?: number | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether guests may join. If false, guests that are members stay. BAD_USER_INPUT if the channel is not public.',
  })
  openToGuests?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether its messages have `suggestedReactions`.' })
  suggestsReactions?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether its messages, the earlier ones as well, are a source of searches and answers. Takes effect for answers within moments.',
  })
  openToRetrieval?: boolean | null;
}
