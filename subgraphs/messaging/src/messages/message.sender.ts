/** Sends messages. Who may is decided before (message.policy.ts), and again when they are written; here is what must also hold. */
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

/** How often a message is offered to a channel that changes under it. */
const MAX_ATTEMPTS = 3;

export interface SendOptions {
  /** Default: the author itself, at this moment. */
  origin?: MessageOrigin;
  /** Aborts if the client has gone. */
  signal?: AbortSignal;
}

export class MessageSender {
  /** @param maxLength of a message, in code points. */
  constructor(
    private readonly texts: TextReader,
    private readonly writer: MessageWriter,
    private readonly mentions: MentionService,
    private readonly channelAccess: ChannelAccessReader,
    private readonly maxLength: number,
  ) {}

  /**
   * In the name of whoever `access` is of. Resolves after the commit.
   * @throws BAD_USER_INPUT; RATE_LIMITED in slow mode; CONFLICT where the `clientMutationId` was used for something else; FORBIDDEN or
   * NOT_FOUND where the author may not write any more; the reason of `signal`, unless the message is being written already.
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

  /** Whether a message may say what it says. @returns its text. @throws BAD_USER_INPUT */
  async checkMessage(
    { channel }: ChannelAccess,
    { body, attachmentIds }: Pick<SendMessageInput, 'body' | 'attachmentIds'>,
    signal?: AbortSignal,
  ): Promise<MessageText> {
    checkBody(body, this.maxLength);
    if (attachmentIds?.length) throw badUserInput({ attachmentIds: 'There are no such files.' });
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
  badUserInput({ parentId: 'parentId is no message of this channel, or one that is deleted.' });

/** @throws CONFLICT where what was sent is not what is to be sent. */
function unlessDifferent(sent: SentMessage, digest: string | null): MessageEntity {
  if (sent.digest === digest) return sent.message;
  throw conflict('This clientMutationId was used for another message.', { messageId: sent.message.id });
}

const digestOf = ({ channelId, body, parentId }: SendMessageInput): string =>
  createHash('sha256')
    .update(JSON.stringify([channelId.toLowerCase(), parentId?.toLowerCase() ?? null, body]))
    .digest('base64url');
