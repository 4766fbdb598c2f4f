/** Edits and deletes messages; message.sender.ts sends them. message.policy.ts checks permission before. */
import { recordAct } from '@chat/identity-client/audit/audit';
import type { EntityManager } from '@chat/kit/database/database';
import { conflict } from '@chat/kit/errors';
import type { Append, EventLog } from '@chat/kit/events/event-log';
import { channelStream } from '../channels/channel.events';
import { lockAccess } from '../channels/channel.lock';
import { appendToInboxes } from '../attention/inbox.events';
import { checkFilteredWords } from './word-filter';
import type { MentionService } from '../attention/mentions/mention.service';
import { changeMentions, NO_MENTIONS } from '../attention/mentions/mention.store';
import { forgetDelivered } from './message.deliveries';
import type { TextReader } from './formatting/text.reader';
import { replaceStored, toStore } from './message-html.store';
import { TEXT_ANALYSIS_VERSION } from '@chat/kit/text-analysis/text-document';
import type { BeforeMessage } from './before-message';
import { checkBody } from './message.body';
import type { MessageAccess } from './message.loader';
import { canDelete, canEdit } from './message.rules';

/** Keeps the latest versions of a message, at most this many. */
export const MAX_EDITS = 100;

export class MessageService {
  constructor(
    private readonly texts: TextReader,
    private readonly eventLog: EventLog,
    private readonly mentions: MentionService,
    private readonly beforeMessage: BeforeMessage,
    private readonly maxLength: number,
  ) {}

  /** @throws BAD_USER_INPUT; CONFLICT if the message is deleted; FORBIDDEN or NOT_FOUND if the author may no longer write. */
  async editMessage(em: EntityManager, access: MessageAccess, body: string): Promise<void> {
    const { message, channel } = access;
    checkBody(body, this.maxLength);
    if (body !== message.body) {
      const question = { channelId: channel.id, authorId: message.author.id, body, isEdit: true };
      body = await this.beforeMessage.check(question);
      checkBody(body, this.maxLength);
    }
    const [text, before] = await Promise.all([this.texts.read(body), this.texts.read(message.body)]);
    const document = await this.texts.document(body);
    const mentions = await this.mentions.mentionsOfChange(() => em, channel, { said: text.said, before: before.said });
    await this.eventLog.transaction(em, async (tx, append) => {
      checkFilteredWords(text.shown, (await lockAccess(tx, access, canEdit)).channel);
      const [before] = await tx.execute<{ body: string; deleted_at: string | null }[]>(
        'select body, deleted_at from messaging.messages where id = ? for update',
        [message.id],
      );
      if (!before || before.deleted_at !== null) throw conflict('The message is deleted.');
      if (before.body === body) return;
      await tx.execute(
        `insert into messaging.message_edits (message_id, edited_at, body) values (?, clock_timestamp(), ?)`,
        [message.id, before.body],
      );
      await tx.execute(
        `delete from messaging.message_edits where message_id = ? and edited_at < (
           select edited_at from messaging.message_edits where message_id = ? order by edited_at desc offset ? limit 1)`,
        [message.id, message.id, MAX_EDITS - 1],
      );
      await tx.execute(
        `update messaging.messages set body = ?, document = ?::tsvector, analysis = ?, edited_at = clock_timestamp(),
           mentioned_ids = array(select jsonb_array_elements_text(?::jsonb)::uuid) where id = ?`,
        [body, document, TEXT_ANALYSIS_VERSION, JSON.stringify(mentions.mentionedIds), message.id],
      );
      // To the trigger, an edit that leaves the document unchanged looks like an edit of an earlier release.
      await tx.execute(
        'update messaging.messages set document = ?::tsvector, analysis = ? where id = ? and analysis <> ?',
        [document, TEXT_ANALYSIS_VERSION, message.id, TEXT_ANALYSIS_VERSION],
      );
      await replaceStored(tx, message.id, toStore(body, text));
      const told = await changeMentions(tx, message, mentions);
      await appendToInboxes(append, told, 'Mentioned', { messageId: message.id, channelId: channel.id });
      await append(channelStream.of(message.channelId), 'MessageEdited', { messageId: message.id });
    });
  }

  /**
   * Deletes the text, its earlier versions and its copies in the webhook log; the position in the history stays. Idempotent.
   * @throws FORBIDDEN or NOT_FOUND if the viewer may no longer delete it.
   */
  async deleteMessage(em: EntityManager, access: MessageAccess): Promise<void> {
    const { message, viewerId } = access;
    await this.eventLog.transaction(em, async (tx, append) => {
      const isDeleted = await this.deleteMessageIn(tx, append, access);
      if (!isDeleted || message.author.id === viewerId) return;
      const { id: targetId, channelId, author } = message;
      const details = { channelId, authorId: author.id };
      await recordAct(tx, { action: 'message.delete', targetType: 'Message', targetId, details });
    });
  }

  /** Like {@link deleteMessage}, within the caller's transaction. @returns false if it was deleted before. */
  async deleteMessageIn(tx: EntityManager, append: Append, access: MessageAccess): Promise<boolean> {
    const { message } = await lockAccess(tx, access, canDelete);
    const rows = await tx.execute<unknown[]>(
      `update messaging.messages set body = '', document = '', deleted_at = now(), mentioned_ids = '{}', reactions = '[]', is_pinned = false
       where id = ? and deleted_at is null returning id`,
      [message.id],
    );
    if (rows.length === 0) return false;
    await tx.execute('delete from messaging.message_edits where message_id = ?', [message.id]);
    await tx.execute('delete from messaging.reactions where message_id = ?', [message.id]);
    await replaceStored(tx, message.id, undefined);
    await forgetDelivered(tx, [message.id]);
    await changeMentions(tx, message, NO_MENTIONS);
    await append(channelStream.of(message.channelId), 'MessageDeleted', { messageId: message.id });
    return true;
  }
}
