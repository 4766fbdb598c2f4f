/**
 * Commits concurrent sends together: while one statement is in flight, new drafts wait and become the next batch.
 * Busy channels are so bound to one commit per batch and not per message. Nothing is answered before its commit, and a channel's
 * messages keep the order in which they came. A draft that is refused holds up no other.
 */
import type { EntityManager } from '@chat/kit/database/database';
import { isOutage } from '@chat/kit/database/connection-error';
import type { EventLog } from '@chat/kit/events/event-log';
import { GroupedCalls } from '@chat/kit/grouped-calls';
import { insertMessages, type MessageDraft, type SendOutcome } from './message.store';

/** How many statements may be in flight at once. One does for all channels, as larger batches cost less; the others stand by. */
const LANES = 4;
/** A statement that takes longer than this, in milliseconds, waits for a channel that is locked; other channels go on without it. */
const STUCK_MS = 100;

/** The lane of a channel while drafts of the channel are in flight. */
interface ChannelQueue {
  lane: GroupedCalls<MessageDraft, SendOutcome>;
  drafts: number;
}

export class MessageWriter {
  private readonly lanes: readonly GroupedCalls<MessageDraft, SendOutcome>[];
  private readonly queues = new Map<string, ChannelQueue>();

  constructor(
    private readonly fork: () => EntityManager,
    private readonly eventLog: EventLog,
  ) {
    const lane = () =>
      new GroupedCalls<MessageDraft, SendOutcome>((drafts) => this.insert(drafts), {
        // One that cannot be written takes its whole batch along; by itself it fails alone.
        alone: async (draft, error) => {
          if (isOutage(error)) throw error;
          return this.insertAlone(draft);
        },
      });
    this.lanes = Array.from({ length: LANES }, lane);
  }

  /** Resolves after the commit, with the earlier message where the `clientMutationId` was used before. */
  async write(draft: MessageDraft): Promise<SendOutcome> {
    const { channelId } = draft;
    const queue = this.queues.get(channelId) ?? { lane: this.freeLane(), drafts: 0 };
    this.queues.set(channelId, queue);
    queue.drafts++;
    try {
      return await queue.lane.run(draft);
    } finally {
      if (--queue.drafts === 0) this.queues.delete(channelId);
    }
  }

  private freeLane(): GroupedCalls<MessageDraft, SendOutcome> {
    return this.lanes.find((lane) => lane.runningMs < STUCK_MS) ?? this.lanes[0]!;
  }

  private insertAlone(draft: MessageDraft): Promise<SendOutcome> {
    const insert = async () => (await this.insert([draft]))[0]!;
    // Its clientMutationId may be committed by another process at this very moment; the second look finds it.
    return draft.clientMutationId === null ? insert() : insert().catch(insert);
  }

  private async insert(drafts: readonly MessageDraft[]): Promise<SendOutcome[]> {
    const { outcomes, events } = await insertMessages(this.fork(), drafts);
    this.eventLog.publish(events);
    return outcomes;
  }
}
