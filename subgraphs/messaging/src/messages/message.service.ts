/** Sends, changes and removes messages. Who may is decided before (message.policy.ts); here is what must also hold. */
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput, conflict } from '@chat/kit/errors';
import type { EventLog } from '@chat/kit/events/event-log';
import { newId } from '@chat/kit/ids';
import { createHash } from 'node:crypto';
import { channelStream } from '../channels/channel.events';
import { checkBody } from './message.body';
import type { MessageEntity } from './message.entity';
import type { SendMessageInput } from './message.input';
import type { MessageAccess, MessageLoader } from './message.loader';
import type { MessageWriter } from './message.writer';

export class MessageService {
  constructor(
    private readonly writer: MessageWriter,
    private readonly eventLog: EventLog,
    private readonly maxLength: number,
  ) {}

  /** @throws BAD_USER_INPUT; CONFLICT where the `clientMutationId` was used for something else. */
  async sendMessage(loader: MessageLoader, viewer: Viewer, input: SendMessageInput): Promise<MessageEntity> {
    checkBody(input.body, this.maxLength);
    const channelId = input.channelId.toLowerCase();
    if (input.parentId != null) await this.checkParent(loader, channelId, input.parentId);
    const clientMutationId = input.clientMutationId ?? null;
    const digest = clientMutationId === null ? null : digestOf(input);
    const sent = await this.writer.write({
      id: newId(),
      channelId,
      authorId: viewer.id,
      parentId: input.parentId ?? null,
      body: input.body,
      clientMutationId,
      digest,
    });
    if (sent.digest !== digest)
      throw conflict('This clientMutationId was used for another message.', { messageId: sent.message.id });
    return sent.message;
  }

  /** @throws BAD_USER_INPUT; CONFLICT where the message is deleted. */
  async editMessage(em: EntityManager, { message }: MessageAccess, body: string): Promise<void> {
    checkBody(body, this.maxLength);
    await this.eventLog.transaction(em, async (tx, append) => {
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
      await tx.execute('update messaging.messages set body = ?, edited_at = clock_timestamp() where id = ?', [
        body,
        message.id,
      ]);
      await append(channelStream(message.channelId), 'MessageEdited', { messageId: message.id });
    });
  }

  /** Removes what it said, earlier versions included; its place in the history stays. Nothing happens where it is deleted already. */
  async deleteMessage(em: EntityManager, { message }: MessageAccess): Promise<void> {
    await this.eventLog.transaction(em, async (tx, append) => {
      const rows = await tx.execute<unknown[]>(
        `update messaging.messages set body = '', deleted_at = now() where id = ? and deleted_at is null returning id`,
        [message.id],
      );
      if (rows.length === 0) return;
      await tx.execute('delete from messaging.message_edits where message_id = ?', [message.id]);
      await append(channelStream(message.channelId), 'MessageDeleted', { messageId: message.id });
    });
  }

  private async checkParent(loader: MessageLoader, channelId: string, parentId: string): Promise<void> {
    const parent = await loader.accessMessage(parentId);
    if (parent?.channel.id !== channelId)
      throw badUserInput({ parentId: 'parentId is not a message of this channel.' });
    if (parent.message.deletedAt) throw badUserInput({ parentId: 'The message is deleted.' });
  }
}

const digestOf = ({ channelId, body, parentId }: SendMessageInput): string =>
  createHash('sha256')
    .update(JSON.stringify([channelId.toLowerCase(), parentId ?? null, body]))
    .digest('base64url');
