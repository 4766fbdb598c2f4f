/**
 * Batches concurrent sends: while one statement is in flight, new drafts wait and form the next batch. A busy channel then costs one
 * commit per batch instead of one per message. Sends resolve after their commit, and a channel's messages keep their order of arrival. A
 * refused draft delays no other.
 */
import { isOutage } from '@chat/kit/database/connection-error';
import type { PoolSource } from '@chat/kit/database/prepared-statement';
import type { EventLog } from '@chat/kit/events/event-log';
import { GroupedCalls } from '@chat/kit/grouped-calls';
import type { MessageEntity } from './message.entity';
import type { MessageDraft } from './message-draft';
import { insertMessages, type SendOutcome } from './message.store';

/** The number of statements in flight. One serves all channels, because larger batches are cheaper; the others stand by. */
const LANES = 4;
/** A statement that takes longer, in milliseconds, waits for a locked channel. Other channels then use another lane. */
const STUCK_MS = 100;
/** How long a statement waits for senders that were there before, in milliseconds. See docs/decisions/waiting-for-senders.md. */
const GATHER_MS = 4;

/** The lane of a channel while drafts of the channel are in flight. */
interface ChannelQueue {
  lane: GroupedCalls<MessageDraft, SendOutcome>;
  drafts: number;
}

export class MessageWriter {
  /** Messages that this process has sent, without repetitions. */
  sent = 0;
  /** Called after each commit with the messages that it has added. It must not throw. */
  onSent: (messages: readonly MessageEntity[]) => void = () => undefined;
  private readonly lanes: readonly GroupedCalls<MessageDraft, SendOutcome>[];
  private readonly queues = new Map<string, ChannelQueue>();

  constructor(
    private readonly pool: PoolSource,
    private readonly eventLog: EventLog,
  ) {
    const lane = () =>
      new GroupedCalls<MessageDraft, SendOutcome>((drafts) => this.insert(drafts), {
        gatherMs: GATHER_MS,
        // A draft that cannot be written fails its whole batch, so each draft is retried alone.
        alone: async (draft, error) => {
          if (isOutage(error)) throw error;
          return this.insertAlone(draft);
        },
      });
    this.lanes = Array.from({ length: LANES }, lane);
  }

  /** Resolves after the commit; with the earlier message if the `clientMutationId` was used before. */
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
    // Another process may have committed the same clientMutationId at this moment; the second attempt finds it.
    return draft.clientMutationId === null ? insert() : insert().catch(insert);
  }

  private async insert(drafts: readonly MessageDraft[]): Promise<SendOutcome[]> {
    const { outcomes, events } = await insertMessages(this.pool, drafts);
    this.eventLog.publish(events);
    const added = outcomes.flatMap((outcome, index) =>
      'message' in outcome && outcome.message.id === drafts[index]!.id ? [outcome.message] : [],
    );
    this.sent += added.length;
    this.onSent(added);
    return outcomes;
  }
}
