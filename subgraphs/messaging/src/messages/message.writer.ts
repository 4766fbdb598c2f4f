/**
 * Commits concurrent sends together: while one statement is on its way to PostgreSQL, what is sent meanwhile waits and becomes the next.
 * A busy channel is so bound to one commit per batch and not per message. Nothing is answered before its commit, and a channel's
 * messages keep the order in which they came. Refuses nothing itself: drafts have been checked.
 */
import type { EntityManager } from '@chat/kit/database/database';
import { isConnectionError } from '@chat/kit/database/connection-error';
import type { EventLog } from '@chat/kit/events/event-log';
import { insertMessages, type MessageDraft, type SentMessage } from './message.store';

/** The most messages that one statement writes. */
const MAX_BATCH = 256;

interface Pending {
  draft: MessageDraft;
  resolve: (sent: SentMessage) => void;
  reject: (error: unknown) => void;
}

/** A queue with one statement in flight; a channel always uses the same one. */
interface Lane {
  waiting: Pending[];
  isBusy: boolean;
}

export class MessageWriter {
  private readonly lanes: Lane[];

  /** `lanes`: how many statements may be in flight at once, each for channels of its own. */
  constructor(
    private readonly fork: () => EntityManager,
    private readonly eventLog: EventLog,
    lanes = 2,
  ) {
    this.lanes = Array.from({ length: lanes }, () => ({ waiting: [], isBusy: false }));
  }

  /** Resolves after the commit, with the earlier message where the `clientMutationId` was used before. */
  write(draft: MessageDraft): Promise<SentMessage> {
    // A UUIDv7 ends in random digits.
    const lane = this.lanes[parseInt(draft.channelId.slice(-4), 16) % this.lanes.length]!;
    return new Promise((resolve, reject) => {
      lane.waiting.push({ draft, resolve, reject });
      if (!lane.isBusy) void this.work(lane);
    });
  }

  private async work(lane: Lane): Promise<void> {
    lane.isBusy = true;
    while (lane.waiting.length > 0) await this.commit(lane.waiting.splice(0, MAX_BATCH));
    lane.isBusy = false;
  }

  private async commit(batch: readonly Pending[]): Promise<void> {
    try {
      const sent = await this.insert(batch.map(({ draft }) => draft));
      batch.forEach(({ resolve }, index) => resolve(sent[index]!));
    } catch (error) {
      if (isConnectionError(error)) for (const { reject } of batch) reject(error);
      // One that cannot be written takes its whole batch along; by itself it fails alone.
      else for (const { draft, resolve, reject } of batch) await this.insertAlone(draft).then(resolve, reject);
    }
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
