/** Tells rooms the expression for the latest message of an account, if a room wants it. Emotions are judged for nobody else. */
import type { Moods } from '@chat/kit/avatars/moods';
import type { VrmExpression } from '@chat/kit/avatars/vrm-expressions';
import type { Logger } from '@chat/kit/logging';
import type { MessageEntity } from '../messages/message.entity';
import type { EmotionService } from './emotion.service';

/** How long a mood waits for others, in milliseconds: a busy process then asks Redis ten times a second and not for every message. */
const TOGETHER_MS = 100;

export class MoodTeller {
  /** The latest message of each author that is not told yet. */
  private readonly latest = new Map<string, MessageEntity>();

  constructor(
    private readonly moods: Moods,
    private readonly emotions: EmotionService,
    private readonly log: Logger,
  ) {}

  /** Never throws. */
  readonly tell = (messages: readonly MessageEntity[]): void => {
    if (this.latest.size === 0) setTimeout(() => void this.tellLatest(), TOGETHER_MS).unref();
    for (const message of messages) this.latest.set(message.author.id, message);
  };

  private async tellLatest(): Promise<void> {
    const judges = new Map([...this.latest].map(([author, message]) => [author, () => this.expressionOf(message)]));
    this.latest.clear();
    try {
      await this.moods.tell(judges);
    } catch (error) {
      this.log.warn({ err: error }, 'the moods of messages could not be told');
    }
  }

  private expressionOf(message: MessageEntity): VrmExpression {
    const emotion = this.emotions.emotionOf(message);
    return (emotion?.expression.name.toLowerCase() ?? 'neutral') as VrmExpression;
  }
}
