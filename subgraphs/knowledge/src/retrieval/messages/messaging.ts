// cspell:words regprocedure
/**
 * The tables, views and functions of messaging that retrieval reads (docs/decisions/retrieval-of-messages.md). No other file names them. If
 * messaging is not installed, there are no messages.
 */
import { follow } from '@chat/kit/events/event-followers';
import type { EntityManager } from '@chat/kit/database/database';
import type { SqlCondition } from '../retrieval-source';

/** Columns: `id`, `channel_id`, `body`, `edited_at`. Messages of channels that opted in, without deleted ones. */
export const RETRIEVABLE_MESSAGES = 'messaging.retrievable_messages';

const MESSAGE_EVENTS = ['MessageAdded', 'MessageEdited', 'MessageDeleted'];
const CHANNEL_EVENTS = ['ChannelUpdated', 'ChannelDeleted'];

/** How long messaging counts as not installed after a look, in milliseconds. */
const ABSENT_MS = 10_000;

export class Messaging {
  private isKnown = false;
  private absentUntil = 0;

  constructor(private readonly fork: () => EntityManager) {}

  async isInstalled(): Promise<boolean> {
    if (this.isKnown || performance.now() < this.absentUntil) return this.isKnown;
    const [row] = await this.fork().execute<{ is: boolean }[]>(
      `select to_regclass('${RETRIEVABLE_MESSAGES}') is not null
         and to_regprocedure('messaging.retrievable_channels(uuid, text[])') is not null as is`,
    );
    this.isKnown = row!.is;
    if (!this.isKnown) this.absentUntil = performance.now() + ABSENT_MS;
    return this.isKnown;
  }
}

/** A statement of one column: the channels that opted in and that the account sees. @param granted channels, or `*`, by grants */
export const retrievableChannels = (accountId: string, granted: readonly string[]): SqlCondition => ({
  sql: `select channel_id from messaging.retrievable_channels(?::uuid, array(select jsonb_array_elements_text(?::jsonb))) as channel_id`,
  parameters: [accountId, JSON.stringify(granted)],
});

/**
 * Follows all channels' settings with one task, and the messages of those that opted in with another one.
 * @returns whether other channels than before are followed
 */
export async function followChannels(em: EntityManager, tasks: { channel: string; message: string }): Promise<boolean> {
  await follow(em, 'messaging', tasks.channel, CHANNEL_EVENTS);
  const channels = await em.execute<{ id: string }[]>(
    `select id from messaging.retrievable_channels(null, '{}') as id order by id`,
  );
  const streams = channels.map(({ id }) => `channel:${id}`);
  return follow(em, 'messaging', tasks.message, MESSAGE_EVENTS, { streams });
}

/** The message of an event; undefined if retention has removed the event. */
export async function messageOf(
  em: EntityManager,
  { stream, seq }: { stream: string; seq: number },
): Promise<string | undefined> {
  const [row] = await em.execute<{ id: string | null }[]>(
    `select payload->>'messageId' as id from messaging.event where stream = ? and seq = ?`,
    [stream, seq],
  );
  return row?.id ?? undefined;
}
