/** The input of sendMessage. */
import { IsText, type TextOptions } from '@chat/kit/graphql/text';
import { FurtherChecks } from '@chat/kit/graphql/wrong-fields';
import { ArrayMaxSize, IsUUID } from 'class-validator';
import { Field, ID, InputType } from 'type-graphql';
import type { MessagingContext } from '../context';

export const CLIENT_MUTATION_ID: TextOptions = { max: 200 };

@FurtherChecks(async (input: SendMessageInput, { em, loaders, services }: MessagingContext) =>
  services.sender.checkRefused(() => em, await loaders.channel.requireChannel(input.channelId), input),
)
@InputType({ description: 'A message to send.' })
export class SendMessageInput {
  @Field(() => ID, { description: 'The channel. The viewer must be a member.' })
  channelId!: string;

  @IsText({ min: 0, max: Infinity, multiline: true })
  @Field({
    description: 'Markdown. Must not be empty or longer than the installation allows (by default 16,000 characters).',
  })
  body!: string;

  @IsUUID()
  @Field(() => ID, { nullable: true, description: 'The message in the same channel to which this one replies.' })
  parentId?: string | null;

  @ArrayMaxSize(20)
  @IsUUID(undefined, { each: true })
  @Field(() => [ID], { nullable: true, description: 'Attached files: at most 20, uploaded by the author.' })
  attachmentIds?: string[] | null;

  @IsText(CLIENT_MUTATION_ID)
  @Field(() => String, {
    nullable: true,
    description:
      'Makes the request idempotent: if the same account repeats the id, the first message is returned. CONFLICT if the content differs.',
  })
  clientMutationId?: string | null;
}
