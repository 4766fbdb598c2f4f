/** GraphQL types of live activity. */
import { createUnionType, Field, ID, Int, ObjectType } from 'type-graphql';
import { User } from '../../users/user.type';

@ObjectType({
  simpleResolvers: true,
  description: 'An account is typing. Repeated every few seconds; expires after six.',
})
class TypingStarted {
  @Field(() => User, { nullable: true, description: 'The account; null if it no longer exists.' })
  user!: User | null;
}

@ObjectType({ simpleResolvers: true, description: 'A member has moved its read marker.' })
class ReadMarkerMoved {
  @Field(() => User, { nullable: true, description: 'The account; null if it no longer exists.' })
  user!: User | null;

  @Field(() => ID, { description: 'The last message that the member has read.' })
  messageId!: string;

  @Field(() => Int, {
    nullable: true,
    description: 'The number (`seq`) of that message, as in `ChannelMember.lastReadSeq`. Null during an upgrade.',
  })
  seq!: number | null;
}

@ObjectType({ simpleResolvers: true, description: 'A part of an answer that an assistant is streaming.' })
class AssistantToken {
  @Field(() => ID, { description: 'The message that the answer becomes.' })
  messageId!: string;

  @Field(() => Int, { description: 'Where the part begins in the text, in UTF-16 units.' })
  offset!: number;

  @Field({ description: 'The next part of the text.' })
  delta!: string;

  @Field({ description: 'Whether the answer has ended, complete or not. The part is then usually empty.' })
  done!: boolean;
}

export const ChannelActivity = createUnionType({
  name: 'ChannelActivity',
  description: 'Live activity of a channel. Not stored.',
  types: () => [TypingStarted, ReadMarkerMoved, AssistantToken] as const,
  resolveType: (activity) => (activity as unknown as { type: string }).type,
});
