/** Sends messages. Who may is decided before (message.policy.ts); here is what must also hold. */
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput, conflict } from '@chat/kit/errors';
import { newId } from '@chat/kit/ids';
import { createHash } from 'node:crypto';
import type { ChannelAccess } from '../channels/channel.rules';
import type { MentionService } from '../mentions/mention.service';
import type { SlowMode } from '../moderation/slow-mode';
import { checkFilteredWords } from '../moderation/word-filter';
import { checkBody } from './message.body';
import type { MessageEntity } from './message.entity';
import type { SendMessageInput } from './message.input';
import type { MessageLoader } from './message.loader';
import { findSent, type SentMessage } from './message.store';
import type { MessageWriter } from './message.writer';

export class MessageSender {
  /** @param maxLength of a message, in code points. */
  constructor(
    private readonly writer: MessageWriter,
    private readonly mentions: MentionService,
    private readonly slowMode: SlowMode,
    private readonly maxLength: number,
  ) {}

  /**
   * In the name of whoever `access` and `loader` were made for. Resolves after the commit.
   * @throws BAD_USER_INPUT; RATE_LIMITED in slow mode; CONFLICT where the `clientMutationId` was used for something else.
   */
  async sendMessage(
    em: EntityManager,
    loader: MessageLoader,
    access: ChannelAccess,
    input: SendMessageInput,
  ): Promise<MessageEntity> {
    this.checkMessage(access, input);
    const { channel } = access;
    const authorId = access.viewerId!;
    const { body, parentId = null, clientMutationId = null } = input;
    const digest = clientMutationId === null ? null : digestOf(input);

    if (clientMutationId !== null && channel.slowModeSeconds > 0) {
      const earlier = await findSent(em, { authorId, clientMutationId }); // a repetition does not have to wait
      if (earlier) return unlessDifferent(earlier, digest);
    }
    if (parentId !== null) await this.checkParent(loader, channel.id, parentId);
    const mentions = await this.mentions.mentionsOf(em, channel, authorId, body);
    await this.slowMode.wait(access);
    return unlessDifferent(
      await this.writer.write({
        id: newId(),
        channelId: channel.id,
        authorId,
        parentId,
        body,
        ...mentions,
        clientMutationId,
        digest,
      }),
      digest,
    );
  }

  /** What can be said about a message without asking anybody. @throws BAD_USER_INPUT */
  checkMessage(
    { channel }: ChannelAccess,
    { body, attachmentIds }: Pick<SendMessageInput, 'body' | 'attachmentIds'>,
  ): void {
    checkBody(body, this.maxLength);
    checkFilteredWords(body, channel.filteredWords);
    if (attachmentIds?.length) throw badUserInput({ attachmentIds: 'There are no such files.' });
  }

  private async checkParent(loader: MessageLoader, channelId: string, parentId: string): Promise<void> {
    const parent = await loader.accessMessage(parentId);
    if (parent?.channel.id !== channelId)
      throw badUserInput({ parentId: 'parentId is not a message of this channel.' });
    if (parent.message.deletedAt) throw badUserInput({ parentId: 'The message is deleted.' });
  }
}

/** @throws CONFLICT where what was sent is not what is to be sent. */
function unlessDifferent(sent: SentMessage, digest: string | null): MessageEntity {
  if (sent.digest === digest) return sent.message;
  throw conflict('This clientMutationId was used for another message.', { messageId: sent.message.id });
}

const digestOf = ({ channelId, body, parentId }: SendMessageInput): string =>
  createHash('sha256')
    .update(JSON.stringify([channelId.toLowerCase(), parentId?.toLowerCase() ?? null, body]))
    .digest('base64url');
