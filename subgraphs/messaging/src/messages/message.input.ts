/** What clients send to write a message. */
import { IsText } from '@chat/kit/graphql/text';
import { ArrayMaxSize, IsUUID } from 'class-validator';
import { Field, ID, InputType } from 'type-graphql';

@InputType({ description: 'A message to send.' })
export class SendMessageInput {
  @Field(() => ID, { description: 'Into which channel. The viewer has to be a member.' })
  channelId!: string;

  @IsText({ min: 0, max: Infinity, multiline: true })
  @Field({
    description: 'Markdown. Not empty, and no longer than the installation allows (16,000 characters by default).',
  })
  body!: string;

  @IsUUID()
  @Field(() => ID, { nullable: true, description: 'The message that this is a reply to; in the same channel.' })
  parentId?: string | null;

  @ArrayMaxSize(20)
  @IsUUID(undefined, { each: true })
  @Field(() => [ID], { nullable: true, description: "Files that go along with it: at most 20, the author's own." })
  attachmentIds?: string[] | null;

  @IsText({ max: 200 })
  @Field(() => String, {
    nullable: true,
    description:
      'Makes it safe to repeat: the same id from the same account sends once and answers with the first message. CONFLICT where it comes again with something else.',
  })
  clientMutationId?: string | null;
}
