/**
 * Emotions of texts and messages. They are computed when they are read and cached in memory: that takes less time than a statement that would load
 * a stored one, so sending never waits and nothing has to be kept up to date.
 */
import { badUserInput } from '@chat/kit/errors';
import { expressionOf } from '@chat/kit/avatars/vrm-expressions';
import type { Language } from '@chat/kit/text-analysis/language';
import type { MessageEntity } from '../messages/message.entity';
import { EmotionAnalyzer } from './emotion-analyzer';
import type { Emotion, ExpressionName } from './emotion.type';
import { reactionsTo } from './suggested-reactions';

export class EmotionService {
  private readonly analyzer = new EmotionAnalyzer();

  /** @param locale a BCP 47 tag of English or German; guessed if absent. @throws BAD_USER_INPUT for other languages */
  analyzeEmotion(text: string, locale?: string | null): Emotion {
    return this.analyze(text, locale ? languageOfTag(locale) : undefined);
  }

  /** Null for a deleted message. */
  emotionOf({ body, deletedAt }: MessageEntity): Emotion | null {
    return deletedAt ? null : this.analyze(body);
  }

  /** Emoji that answer the emotion of the message; none for a deleted message and one without emotion. */
  suggestedReactions(message: MessageEntity): string[] {
    const emotion = this.emotionOf(message);
    return emotion ? reactionsTo(emotion) : [];
  }

  private analyze(text: string, language?: Language): Emotion {
    const { ...emotion } = this.analyzer.analyzeEmotion(text, language);
    const { expression, weight } = expressionOf(
      emotion.label.toLowerCase() as Lowercase<typeof emotion.label>,
      emotion.score,
      emotion.sentiment,
    );
    return { ...emotion, expression: { name: expression.toUpperCase() as ExpressionName, weight } };
  }
}

/** @throws BAD_USER_INPUT */
function languageOfTag(locale: string): Language {
  const [language] = locale.toLowerCase().split(/[-_]/);
  if (language === 'en' || language === 'de') return language;
  throw badUserInput({ locale: 'Only English (en) and German (de) are known. Omit it to have the language guessed.' });
}
