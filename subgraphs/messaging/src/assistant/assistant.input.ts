/** The input of askAssistant. */
import { IsText } from '@chat/kit/graphql/text';
import { FurtherChecks } from '@chat/kit/graphql/wrong-fields';
import { Field, ID, InputType } from 'type-graphql';
import { IsUUID } from 'class-validator';
import type { MessagingContext } from '../context';

@FurtherChecks(async (input: AskAssistantInput, { em, loaders, services }: MessagingContext) =>
  services.assistant.checkQuestion(em, await loaders.channel.requireChannel(input.channelId), input),
)
@InputType({ description: 'A question to the assistant.' })
export class AskAssistantInput {
  @Field(() => ID, {
    description: 'The channel in which the question is asked and answered. The viewer must be a member.',
  })
  channelId!: string;

  @IsText({ min: 0, max: Infinity, multiline: true })
  @Field({ description: 'The question: Markdown, with the limits of a message.' })
  prompt!: string;

  @IsUUID()
  @Field(() => ID, {
    nullable: true,
    description: 'The message to which the question replies. The answer goes there too.',
  })
  parentId?: string | null;

  @IsText({ max: 200 })
  @Field(() => String, {
    nullable: true,
    description: 'Makes the request idempotent, as in sendMessage.',
  })
  clientMutationId?: string | null;
}
