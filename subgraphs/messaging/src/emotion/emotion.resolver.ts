/** GraphQL resolvers for emotions. */
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { textArgument } from '@chat/kit/graphql/text';
import { Arg, Ctx, Directive, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import type { MessagingContext } from '../context';
import type { MessageEntity } from '../messages/message.entity';
import { Message } from '../messages/message.type';
import { Emotion } from './emotion.type';
import { MAX_READ_LENGTH } from './text/tokens';
import { MAX_SUGGESTED } from './suggested-reactions';

/** The maximum length of a text to analyse, in code points. */
const MAX_TEXT = 100_000;

@Resolver(() => Message)
export class EmotionResolver {
  @Query(() => Emotion, {
    description: `The emotion and sentiment of a text, judged in the server without any service. Only the first ${MAX_READ_LENGTH} characters are read.`,
  })
  analyzeEmotion(
    @Ctx() { services }: MessagingContext,
    @Arg('text', () => String, {
      validateFn: textArgument('text', { min: 0, max: MAX_TEXT, multiline: true }),
      description: `The text: at most ${MAX_TEXT} characters.`,
    })
    text: string,
    @Arg('locale', () => String, {
      nullable: true,
      validateFn: textArgument('locale', { min: 0, max: 35 }),
      description: 'The language of the text, such as `en` or `de-AT`; guessed if absent. BAD_USER_INPUT for others.',
    })
    locale?: string | null,
  ): Emotion {
    return services.emotions.analyzeEmotion(text, locale);
  }

  @FieldResolver(() => Emotion, {
    nullable: true,
    description: 'The emotion and sentiment of the body, computed when it is read; null after deletion.',
  })
  emotion(@Ctx() { services }: MessagingContext, @Root() message: MessageEntity): Emotion | null {
    return services.emotions.emotionOf(message);
  }

  @Directive(assumedSize(MAX_SUGGESTED))
  @FieldResolver(() => [String], {
    description: `Emoji that fit the mood of the message, best first: at most ${MAX_SUGGESTED}. Empty if the channel does not suggest reactions, or if the message shows no mood.`,
  })
  async suggestedReactions(
    @Ctx() { loaders, services }: MessagingContext,
    @Root() message: MessageEntity,
  ): Promise<string[]> {
    const { suggestsReactions } = await loaders.channel.channelOf(message);
    return suggestsReactions ? services.emotions.suggestedReactions(message) : [];
  }
}
