/** What goes on in a channel right now, as subscribers are told. */
import { createUnionType, Field, ID, ObjectType } from 'type-graphql';
import { User } from '../../users/user.type';

@ObjectType({
  simpleResolvers: true,
  description: 'Somebody is writing. It is told again every few seconds; forget it after six.',
})
export class TypingStarted {
  @Field(() => User, { nullable: true, description: 'Who writes; null where the account no longer exists.' })
  user!: User | null;
}

@ObjectType({ simpleResolvers: true, description: 'A member has read on.' })
export class ReadMarkerMoved {
  @Field(() => User, { nullable: true, description: 'Who has read; null where the account no longer exists.' })
  user!: User | null;

  @Field(() => ID, { description: 'Up to which message.' })
  messageId!: string;
}

@ObjectType({ simpleResolvers: true, description: 'A piece of an answer that an assistant is writing.' })
export class AssistantToken {
  @Field(() => ID, { description: 'The message that the answer becomes.' })
  messageId!: string;

  @Field({ description: 'What comes next in its text.' })
  delta!: string;

  @Field({ description: 'Whether this was the last piece.' })
  done!: boolean;
}

export const ChannelActivity = createUnionType({
  name: 'ChannelActivity',
  description: 'What goes on in a channel right now. Heard now or never.',
  types: () => [TypingStarted, ReadMarkerMoved, AssistantToken] as const,
  resolveType: (activity) => (activity as unknown as { type: string }).type,
});
