/** Tells rooms the expression for the latest message of an account, if a room wants it. Emotions are judged for nobody else. */
import type { Moods } from '@chat/kit/avatars/moods';
import type { VrmExpression } from '@chat/kit/avatars/vrm-expressions';
import type { Logger } from '@chat/kit/logging';
import type { MessageEntity } from '../messages/message.entity';
import type { EmotionService } from './emotion.service';

export class MoodTeller {
  constructor(
    private readonly moods: Moods,
    private readonly emotions: EmotionService,
    private readonly log: Logger,
  ) {}

  /** Never throws, and nobody has to wait for it. */
  readonly tell = async (messages: readonly MessageEntity[]): Promise<void> => {
    try {
      await this.moods.tell(new Map(messages.map((message) => [message.author.id, () => this.expressionOf(message)])));
    } catch (error) {
      this.log.warn({ err: error }, 'the moods of messages could not be told');
    }
  };

  private expressionOf(message: MessageEntity): VrmExpression {
    const emotion = this.emotions.emotionOf(message);
    return (emotion?.expression.name.toLowerCase() ?? 'neutral') as VrmExpression;
  }
}
