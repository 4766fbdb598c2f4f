/** Sends messages and enforces the rules for their content. message.policy.ts checks permission before; the write checks it again. */
import type { EntityManager } from '@chat/kit/database/database';
import { ApiError, badUserInput, conflict } from '@chat/kit/errors';
import { isId, newId } from '@chat/kit/ids';
import { createHash } from 'node:crypto';
import type { ChannelAccessReader } from '../channels/channel-access.reader';
import { recheckAccess } from '../channels/channel.lock';
import { canModerateFromOutside, canSend, isGranted, type ChannelAccess } from '../channels/channel.rules';
import type { MentionService } from '../attention/mentions/mention.service';
import { checkFilteredWords } from './word-filter';
import type { MessageText } from './formatting/message-text';
import type { TextReader } from './formatting/text.reader';
import { toStore } from './message-html.store';
import { checkBody } from './message.body';
import type { MessageEntity } from './message.entity';
import type { SendMessageInput } from './message.input';
import type { MessageOrigin, SendOutcome, SentMessage } from './message.store';
import type { MessageWriter } from './message.writer';

/** Attempts to send a message if its channel keeps changing concurrently. */
const MAX_ATTEMPTS = 3;

export interface SendOptions {
  /** Null, the default: the author sends it now. */
  origin?: MessageOrigin;
  /** Aborts when the client disconnects. */
  signal?: AbortSignal;
}

export class MessageSender {
  /** @param maxLength the longest message, in code points. */
  constructor(
    private readonly texts: TextReader,
    private readonly writer: MessageWriter,
    private readonly mentions: MentionService,
    private readonly channelAccess: ChannelAccessReader,
    private readonly maxLength: number,
  ) {}

  /**
   * Sends as the viewer of `access`. Resolves after the commit.
   * @throws BAD_USER_INPUT; RATE_LIMITED in slow mode; CONFLICT if the `clientMutationId` was used for another message; FORBIDDEN or
   * NOT_FOUND if the author may no longer write; the reason of `signal` if it aborts before the write begins.
   */
  async sendMessage(
    em: EntityManager,
    access: ChannelAccess,
    input: SendMessageInput,
    { origin = null, signal }: SendOptions = {},
  ): Promise<MessageEntity> {
    const digest = input.clientMutationId == null ? null : digestOf(input);
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.write(em, access, input, { digest, origin, signal });
      if (!('refusal' in outcome)) return unlessDifferent(outcome, digest);
      if (outcome.refusal === 'PARENT') throw noSuchParent();
      if (outcome.refusal === 'WAIT')
        throw new ApiError('RATE_LIMITED', 'The channel is in slow mode. Wait before you write again.', {
          retryAfterMs: Math.ceil(outcome.waitMs),
        });
      access = recheckAccess(access, await this.channelAccess.read(access.viewerId, access.channel.id), canSend);
      if (attempt === MAX_ATTEMPTS) throw conflict('The channel is being changed. Send the message again.');
    }
  }

  /** Validates the content of a message. @returns its analysed text. @throws BAD_USER_INPUT */
  async checkMessage(
    { channel }: ChannelAccess,
    { body, attachmentIds }: Pick<SendMessageInput, 'body' | 'attachmentIds'>,
    signal?: AbortSignal,
  ): Promise<MessageText> {
    checkBody(body, this.maxLength);
    if (attachmentIds?.length) throw badUserInput({ attachmentIds: 'These files do not exist.' });
    const text = await this.texts.read(body, signal);
    checkFilteredWords(text.shown, channel);
    return text;
  }

  private async write(
    em: EntityManager,
    access: ChannelAccess,
    input: SendMessageInput,
    { digest, origin, signal }: { digest: string | null; origin: MessageOrigin; signal?: AbortSignal },
  ): Promise<SendOutcome> {
    const text = await this.checkMessage(access, input, signal);
    const { body, parentId = null, clientMutationId = null } = input;
    if (parentId !== null && !isId(parentId)) throw noSuchParent();
    return this.writer.write({
      id: newId(),
      channelId: access.channel.id,
      authorId: access.viewerId!,
      parentId,
      body,
      document: await this.texts.document(body),
      text: toStore(body, text),
      ...(await this.mentions.mentionsOf(em, access.channel, text.said)),
      clientMutationId,
      digest,
      isGranted: isGranted(access, 'WRITE'),
      isExempt: canModerateFromOutside(access),
      filterVersion: access.channel.filterVersion,
      origin,
    });
  }
}

const noSuchParent = () =>
  badUserInput({ parentId: 'parentId must be a message of this channel that is not deleted.' });

/** @throws CONFLICT if the message sent earlier has other content. */
function unlessDifferent(sent: SentMessage, digest: string | null): MessageEntity {
  if (sent.digest === digest) return sent.message;
  throw conflict('This clientMutationId was used for another message.', { messageId: sent.message.id });
}

const digestOf = ({ channelId, body, parentId }: SendMessageInput): string =>
  createHash('sha256')
    .update(JSON.stringify([channelId.toLowerCase(), parentId?.toLowerCase() ?? null, body]))
    .digest('base64url');
