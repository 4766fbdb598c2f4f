/** Sends messages and enforces the rules for their content. message.policy.ts checks permission before; the write checks it again. */
import type { EntityManager } from '@chat/kit/database/database';
import { ApiError, badUserInput, conflict } from '@chat/kit/errors';
import { checkAll } from '@chat/kit/graphql/wrong-fields';
import { isId, newId } from '@chat/kit/ids';
import { createHash } from 'node:crypto';
import type { Question } from '../assistant/questions/question';
import type { QuestionService } from '../assistant/questions/question.service';
import type { ChannelAccessReader } from '../channels/channel-access.reader';
import { ChannelType } from '../channels/channel.entity';
import { recheckAccess } from '../channels/channel.lock';
import { canModerateFromOutside, canSend, isGranted, type ChannelAccess } from '../channels/channel.rules';
import { attachableFiles } from './attachments/attachment.store';
import type { MentionService } from '../attention/mentions/mention.service';
import { checkFilteredWords } from './word-filter';
import type { MessageText } from './formatting/message-text';
import type { TextReader } from './formatting/text.reader';
import { toStore } from './message-html.store';
import type { BeforeMessage } from './before-message';
import { bodyProblem, checkBody } from './message.body';
import type { MessageEntity } from './message.entity';
import type { SendMessageInput } from './message.input';
import type { MessageOrigin } from './message-draft';
import type { SendOutcome, SentMessage } from './message.store';
import type { MessageWriter } from './message.writer';

/** Attempts to send a message if its channel keeps changing concurrently. */
const MAX_ATTEMPTS = 3;

export interface SendOptions {
  /** Null, the default: the author sends it now. */
  origin?: MessageOrigin;
  /** Aborts when the client disconnects. */
  signal?: AbortSignal;
  /** The question that it puts to the assistant; by default, one that the text implies. */
  question?: Question;
}

interface Sending {
  digest: string | null;
  origin: MessageOrigin;
  signal?: AbortSignal;
  /** Undefined until it is decided, which counts against the author's limit. */
  question?: Question | null;
}

export class MessageSender {
  /** @param maxLength the longest message, in code points. */
  constructor(
    private readonly texts: TextReader,
    private readonly writer: MessageWriter,
    private readonly mentions: MentionService,
    private readonly questions: QuestionService,
    private readonly channelAccess: ChannelAccessReader,
    private readonly beforeMessage: BeforeMessage,
    private readonly maxLength: number,
  ) {}

  /**
   * Sends as the viewer of `access`. Resolves after the commit.
   * @throws BAD_USER_INPUT; RATE_LIMITED in slow mode; CONFLICT if the `clientMutationId` was used for another message; FORBIDDEN or
   * NOT_FOUND if the author may no longer write; the reason of `signal` if it aborts before the write begins.
   */
  async sendMessage(
    em: () => EntityManager,
    access: ChannelAccess,
    input: SendMessageInput,
    { origin = null, signal, question }: SendOptions = {},
  ): Promise<MessageEntity> {
    const digest = input.clientMutationId == null ? null : digestOf(input);
    const sending: Sending = { digest, origin, signal, question };
    input = await this.asAllowed(access, input);
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.write(em, access, input, sending);
      if (!('refusal' in outcome)) return unlessDifferent(outcome, digest);
      if (outcome.refusal === 'PARENT') throw noSuchParent();
      if (outcome.refusal === 'WAIT')
        throw new ApiError('RATE_LIMITED', 'The channel is in slow mode. Wait before you write again.', {
          retryAfterMs: Math.ceil(outcome.waitMs),
        });
      access = await this.recheck(access);
      if (attempt === MAX_ATTEMPTS) throw conflict('The channel is being changed. Send the message again.');
    }
  }

  /** Asks plugins, unless the text is refused anyway. */
  private async asAllowed(access: ChannelAccess, input: SendMessageInput): Promise<SendMessageInput> {
    if (bodyProblem(input.body, this.maxLength) !== undefined) return input;
    const question = { channelId: access.channel.id, authorId: access.viewerId!, body: input.body, isEdit: false };
    const body = await this.beforeMessage.check(question);
    return body === input.body ? input : { ...input, body };
  }

  /** Validates the content of a message. @returns its analysed text. @throws BAD_USER_INPUT */
  async checkMessage(
    { channel }: ChannelAccess,
    { body }: Pick<SendMessageInput, 'body'>,
    signal?: AbortSignal,
  ): Promise<MessageText> {
    checkBody(body, this.maxLength);
    const text = await this.texts.read(body, signal);
    checkFilteredWords(text.shown, channel);
    return text;
  }

  /** For a message that is refused anyway. @throws BAD_USER_INPUT with all wrong fields */
  async checkRefused(em: () => EntityManager, access: ChannelAccess, input: SendMessageInput): Promise<void> {
    await this.orRefuse(em, access, input, () => this.content(em, access, input));
  }

  /** If `check` throws BAD_USER_INPUT, the error names a wrong parent as well. */
  private async orRefuse<Result>(
    em: () => EntityManager,
    access: ChannelAccess,
    { parentId }: SendMessageInput,
    check: () => Promise<Result>,
  ): Promise<Result> {
    try {
      return await check();
    } catch (error) {
      await checkAll(
        () => {
          throw error;
        },
        async () => {
          if (parentId != null && !(await isParent(em(), access.channel.id, parentId))) throw noSuchParent();
        },
      );
      throw error;
    }
  }

  private async content(em: () => EntityManager, access: ChannelAccess, input: SendMessageInput, signal?: AbortSignal) {
    const [text] = await checkAll(
      () => this.checkMessage(access, input, signal),
      () => checkAttachments(em, access.viewerId!, input),
    );
    return { text, mentions: await this.mentions.mentionsOf(em, access.channel, text.said) };
  }

  private async write(
    em: () => EntityManager,
    access: ChannelAccess,
    input: SendMessageInput,
    sending: Sending,
  ): Promise<SendOutcome> {
    const { digest, origin, signal } = sending;
    const { text, mentions } = await this.orRefuse(em, access, input, () => this.content(em, access, input, signal));
    const { body, parentId = null, clientMutationId = null } = input;
    if (parentId !== null && !isId(parentId)) throw noSuchParent();
    // A webhook cannot ask: two installations that post each other's answers would never stop.
    sending.question ??= origin === 'WEBHOOK' ? null : await this.questions.impliedBy(access, mentions.mentionedIds);
    const id = newId();
    const outcome = await this.writer.write({
      id,
      channelId: access.channel.id,
      authorId: access.viewerId!,
      parentId,
      body,
      attachmentIds: attachmentIdsOf(input),
      document: await this.texts.document(body),
      text: toStore(body, text),
      ...mentions,
      clientMutationId,
      digest,
      isGranted: isGranted(access, 'WRITE'),
      isExempt: canModerateFromOutside(access),
      filterVersion: access.channel.filterVersion,
      origin,
      isInPlainChannel: access.channel.type !== ChannelType.DIRECT && access.channel.slowModeSeconds === 0,
      question: sending.question,
    });
    // An earlier message is found without a decision.
    if (access.isRecent && 'message' in outcome && outcome.message.id !== id) await this.recheck(access);
    return outcome;
  }

  private async recheck(access: ChannelAccess): Promise<ChannelAccess> {
    const { viewerId, channel } = access;
    this.channelAccess.forget(viewerId!, channel.id);
    return { ...recheckAccess(access, await this.channelAccess.read(viewerId, channel.id), canSend), isRecent: false };
  }
}

/** As send_messages decides it. */
async function isParent(em: EntityManager, channelId: string, id: string): Promise<boolean> {
  if (!isId(id)) return false;
  const rows = await em.execute<unknown[]>(
    'select 1 from messaging.messages where id = ? and channel_id = ? and deleted_at is null',
    [id, channelId],
  );
  return rows.length > 0;
}

const noSuchParent = () =>
  badUserInput({ parentId: 'parentId must be a message of this channel that is not deleted.' });

/** @throws CONFLICT if the message sent earlier has other content. */
function unlessDifferent(sent: SentMessage, digest: string | null): MessageEntity {
  if (sent.digest === digest) return sent.message;
  throw conflict('This clientMutationId was used for another message.', { messageId: sent.message.id });
}

/** Without duplicates, in the order of the sender. */
const attachmentIdsOf = ({ attachmentIds }: SendMessageInput): string[] => [
  ...new Set(attachmentIds?.map((id) => id.toLowerCase())),
];

/** @throws BAD_USER_INPUT unless all of them are complete files of the author */
async function checkAttachments(em: () => EntityManager, authorId: string, input: SendMessageInput): Promise<void> {
  const ids = attachmentIdsOf(input);
  if (ids.length === 0) return;
  const attachable = await attachableFiles(em(), authorId, ids);
  if (ids.some((id) => !attachable.has(id)))
    throw badUserInput({ attachmentIds: 'These files do not exist, are not yours, or are not uploaded completely.' });
}

/** The attachments are part of it only if there are some, so that digests of earlier releases stay valid. */
function digestOf(input: SendMessageInput): string {
  const { channelId, body, parentId } = input;
  const ids = attachmentIdsOf(input);
  const content = [channelId.toLowerCase(), parentId?.toLowerCase() ?? null, body, ...(ids.length > 0 ? [ids] : [])];
  return createHash('sha256').update(JSON.stringify(content)).digest('base64url');
}
