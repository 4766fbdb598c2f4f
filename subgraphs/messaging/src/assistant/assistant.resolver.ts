/** GraphQL resolvers of the assistant. */
import { ASSISTANT_ID } from '@chat/identity-client/directory/assistant-account';
import { notFound } from '@chat/kit/errors';
import { viewerOf } from '@chat/kit/graphql/context';
import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { keyOf } from '../channels/absent-authors';
import type { MessagingContext } from '../context';
import type { MessageEntity } from '../messages/message.entity';
import { Message } from '../messages/message.type';
import { User } from '../users/user.type';
import type { AnswerEntity } from './answers/answer.entity';
import { AskAssistantInput } from './assistant.input';
import { AssistantAnswer, AssistantStatus } from './assistant.type';

@Resolver(() => AssistantAnswer)
export class AssistantResolver {
  @Query(() => AssistantStatus, { description: 'Whether the assistant answers, and by which providers.' })
  async assistantStatus(@Ctx() { services }: MessagingContext): Promise<AssistantStatus> {
    const providers = (await services.assistant.states()).map((state) => ({ ...state, fault: state.fault ?? null }));
    return { enabled: services.assistant.isEnabled, account: { id: ASSISTANT_ID }, providers };
  }

  @Query(() => AssistantAnswer, { description: 'One answer. NOT_FOUND if the viewer may not see its channel.' })
  assistantAnswer(
    @Ctx() context: MessagingContext,
    @Arg('id', () => ID, { description: 'The answer, which has the id of its message.' }) id: string,
  ): Promise<AnswerEntity> {
    return accessAnswer(context, id);
  }

  @Mutation(() => AssistantAnswer, {
    description:
      'Sends a question to the assistant as a message of the viewer. Responds when the answer has ended, but after three seconds at the latest, with the text so far. RATE_LIMITED with `retryAfterMs` beyond the limits of an account or a channel.',
  })
  async askAssistant(
    @Ctx() context: MessagingContext,
    @Arg('input', () => AskAssistantInput, { description: 'The question and its channel.' }) input: AskAssistantInput,
  ): Promise<AnswerEntity> {
    const { em, loaders, services } = context;
    const access = await loaders.channel.requireChannel(input.channelId);
    return services.assistant.askAssistant(em, access, keyOf(viewerOf(context)), input);
  }

  @Mutation(() => AssistantAnswer, {
    description:
      'Stops an answer; for the asker and the moderators of the channel. The text so far becomes a message. No effect if the answer has ended.',
  })
  async cancelAssistantAnswer(
    @Ctx() context: MessagingContext,
    @Arg('id', () => ID, { description: 'The answer, which has the id of its message.' }) id: string,
  ): Promise<AnswerEntity> {
    await context.services.assistant.cancelAssistantAnswer(context.em, await accessAnswer(context, id));
    context.loaders.answer.clear(id);
    return accessAnswer(context, id);
  }

  @FieldResolver(() => User, { description: 'The account of the assistant.' })
  author(): User {
    return { id: ASSISTANT_ID };
  }

  @FieldResolver(() => Message, { description: 'The question.' })
  inReplyTo(@Ctx() { loaders }: MessagingContext, @Root() { questionId }: AnswerEntity): Promise<MessageEntity> {
    return loaders.message.messageOf({ messageId: questionId });
  }

  @FieldResolver(() => Message, {
    nullable: true,
    description: 'The message of the answer; null before it ends, and if it ended without text.',
  })
  message(@Ctx() { loaders }: MessagingContext, @Root() { id, isSent }: AnswerEntity): Promise<MessageEntity> | null {
    return isSent ? loaders.message.messageOf({ messageId: id }) : null;
  }
}

@Resolver(() => Message)
export class AnswerOfMessageResolver {
  @FieldResolver(() => AssistantAnswer, {
    nullable: true,
    description:
      'The answer that became this message, with its provider and whether it is complete; null for other messages.',
  })
  assistantAnswer(
    @Ctx() { loaders }: MessagingContext,
    @Root() message: MessageEntity,
  ): Promise<AnswerEntity | null> | null {
    return message.author.id === ASSISTANT_ID ? loaders.answer.answerOf(message) : null;
  }
}

async function accessAnswer({ loaders }: MessagingContext, id: string): Promise<AnswerEntity> {
  const access = await loaders.answer.accessAnswer(id);
  if (!access) throw notFound('Answer');
  return access.answer;
}
