/** GraphQL types of the assistant. */
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { Directive, Field, ID, ObjectType } from 'type-graphql';
import { User } from '../users/user.type';
import { AnswerState } from './answers/answer.entity';

@ObjectType({
  simpleResolvers: true,
  description: 'An answer of the assistant: in progress, or ended. The message that it becomes has the same id.',
})
export class AssistantAnswer {
  @Field(() => ID, { description: 'The id of the answer, and of the message that it becomes.' })
  id!: string;

  @Field({ description: 'The text so far, or the body of the message once it exists.' })
  body!: string;

  @Field(() => String, { nullable: true, description: 'The provider that gave the text; null before the first text.' })
  provider!: string | null;

  @Field(() => AnswerState, { description: 'Its progress.' })
  state!: AnswerState;

  @Field(() => String, {
    nullable: true,
    description:
      'Why it is INTERRUPTED or FAILED: UNREACHABLE, REFUSED, BUSY, FAILED, SILENT, CUT, MALFORMED, TOO_LARGE or EMPTY by a provider, RESTARTED, FILTERED or LENGTH here. Others may follow.',
  })
  failure!: string | null;

  @Field(() => Date, { description: 'When the question was asked.' })
  createdAt!: Date;

  @Field(() => Date, { nullable: true, description: 'When it ended; null before.' })
  endedAt!: Date | null;
}

@ObjectType({ simpleResolvers: true, description: 'A provider of answers.' })
export class AssistantProvider {
  @Field({ description: 'Its name, such as `ollama`, `openai` or `elyza`.' })
  name!: string;

  @Field({ description: 'Whether the next question would be put to it, if those before it do not answer.' })
  available!: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'Why it is not available: RESTING after failures, or the reason of the latest probe. Null if it is.',
  })
  fault!: string | null;
}

@ObjectType({ simpleResolvers: true, description: 'The assistant of the installation.' })
export class AssistantStatus {
  @Field({ description: 'Whether it answers questions: it is switched on and has a provider.' })
  enabled!: boolean;

  @Field(() => User, {
    description: 'The account that writes its answers. Mention it, or open a direct channel with it.',
  })
  account!: User;

  @Directive(assumedSize(5))
  @Field(() => [AssistantProvider], { description: 'Its providers, in the order in which they are tried.' })
  providers!: AssistantProvider[];
}
