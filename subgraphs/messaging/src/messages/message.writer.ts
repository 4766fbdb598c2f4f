/**
 * Commits concurrent sends together: while one statement is on its way to PostgreSQL, what is sent meanwhile waits and becomes the next.
 * A busy channel is so bound to one commit per batch and not per message. Nothing is answered before its commit, and a channel's
 * messages keep the order in which they came. Refuses nothing itself: drafts have been checked.
 */
import type { EntityManager } from '@chat/kit/database/database';
import { isConnectionError } from '@chat/kit/database/connection-error';
import type { EventLog } from '@chat/kit/events/event-log';
import { GroupedCalls } from '@chat/kit/grouped-calls';
import { insertMessages, type MessageDraft, type SentMessage } from './message.store';

export class MessageWriter {
  /** Each has one statement in flight; a channel always uses the same one. */
  private readonly lanes: GroupedCalls<MessageDraft, SentMessage>[];

  /** `lanes`: how many statements may be in flight at once, each for channels of its own. */
  constructor(
    private readonly fork: () => EntityManager,
    private readonly eventLog: EventLog,
    lanes = 2,
  ) {
    this.lanes = Array.from(
      { length: lanes },
      () =>
        new GroupedCalls((drafts) => this.insert(drafts), {
          // One that cannot be written takes its whole batch along; by itself it fails alone.
          alone: (draft, error) => (isConnectionError(error) ? Promise.reject(error) : this.insertAlone(draft)),
        }),
    );
  }

  /** Resolves after the commit, with the earlier message where the `clientMutationId` was used before. */
  write(draft: MessageDraft): Promise<SentMessage> {
    // A UUIDv7 ends in random digits.
    return this.lanes[parseInt(draft.channelId.slice(-4), 16) % this.lanes.length]!.run(draft);
  }

  private insertAlone(draft: MessageDraft): Promise<SentMessage> {
    const insert = async () => (await this.insert([draft]))[0]!;
    // Its clientMutationId may be committed by another process at this very moment; the second look finds it.
    return draft.clientMutationId === null ? insert() : insert().catch(insert);
  }

  private async insert(drafts: readonly MessageDraft[]): Promise<SentMessage[]> {
    const { sent, events } = await insertMessages(this.fork(), drafts);
    this.eventLog.publish(events);
    return sent;
  }
}
