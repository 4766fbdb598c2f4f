/** Decides which messages are questions to the assistant. Holds no answers. */
import { ASSISTANT_ID } from '@chat/identity-client/directory/assistant-account';
import { ApiError } from '@chat/kit/errors';
import { newId } from '@chat/kit/ids';
import type { ChannelAccessReader } from '../../channels/channel-access.reader';
import { ChannelType } from '../../channels/channel.entity';
import type { ChannelAccess } from '../../channels/channel.rules';
import type { Question } from './question';
import type { QuestionLimiter } from './question.limiter';

export class QuestionService {
  constructor(
    private readonly channelAccess: ChannelAccessReader,
    private readonly limiter: QuestionLimiter,
    readonly isEnabled: boolean,
  ) {}

  /** A question that an account puts on purpose. @throws SERVICE_UNAVAILABLE if no provider is configured; RATE_LIMITED */
  async askedBy({ viewerId, channel }: ChannelAccess, keyId: string | null): Promise<Question> {
    if (!this.isEnabled)
      throw new ApiError('SERVICE_UNAVAILABLE', 'The assistant is switched off, or has no provider.');
    await this.limiter.take(viewerId!, channel.id);
    return { answerId: newId(), keyId };
  }

  /**
   * The question in an ordinary message: one that mentions the assistant, or that is sent in a direct channel with it. Null if there is
   * none, and beyond the limits, because the message itself is sent anyway.
   */
  async impliedBy(access: ChannelAccess, mentionedIds: readonly string[]): Promise<Question | null> {
    if (!this.isEnabled || access.viewerId === ASSISTANT_ID) return null;
    if (!mentionedIds.includes(ASSISTANT_ID) && !(await this.isDirect(access))) return null;
    try {
      return await this.askedBy(access, null);
    } catch (error) {
      if (error instanceof ApiError) return null;
      throw error;
    }
  }

  private async isDirect({ channel }: ChannelAccess): Promise<boolean> {
    if (channel.type !== ChannelType.DIRECT) return false;
    const assistant = await this.channelAccess.read(ASSISTANT_ID, channel.id);
    return assistant?.membership?.state === 'JOINED';
  }
}
