/**
 * Reads channels together with memberships. Concurrent requests of the process share one statement: nearly every request needs this
 * read, and separate round trips would dominate the cost of a busy process. Decides nothing.
 */
import { PreparedStatement, type PoolSource } from '@chat/kit/database/prepared-statement';
import { GroupedCalls } from '@chat/kit/grouped-calls';
import { LRUCache } from 'lru-cache';
import { OWN_CHANNEL_COLUMNS, toChannel, type ChannelEntity, type ChannelRow } from './channel.entity';
import { MEMBER_COLUMNS, toMember, type MemberEntity, type MemberRow } from './member.entity';

export interface ChannelWithMember {
  channel: ChannelEntity;
  /** Null if the account never was a member. */
  membership: MemberEntity | null;
}

interface Question {
  accountId: string | null;
  channelId: string;
}

export type AccessRow = ChannelRow & Partial<MemberRow> & { ord: string };

/** The columns of {@link AccessRow}; `f`, `c` and `m` are the aliases of the function's rows, the channel and the membership. */
export const ACCESS_COLUMNS = `f.ord, f.event_seq, ${OWN_CHANNEL_COLUMNS}, ${MEMBER_COLUMNS}`;

const READ = new PreparedStatement<AccessRow>(
  'read-channel-access',
  `select ${ACCESS_COLUMNS}
   from messaging.read_channel_access($1, $2) f, lateral (select (f.channel).*) c, lateral (select (f.member).*) m`,
);

/** How long a read serves further writes of the account into the channel, in milliseconds. */
const RECENT_MS = 60_000;
/** The most remembered reads, and filtered words in them. With `max`, a cache takes half a megabyte from the start. */
const RECENT_SIZE = 20_000;

export class ChannelAccessReader {
  private readonly calls: GroupedCalls<Question, ChannelWithMember | null>;
  private readonly recent = new LRUCache<string, ChannelWithMember>({
    ttl: RECENT_MS,
    maxSize: RECENT_SIZE,
    sizeCalculation: ({ channel }) => 1 + channel.filteredWords.length,
  });

  constructor(pool: PoolSource) {
    this.calls = new GroupedCalls((questions) => read(pool, questions), { maxCalls: 2 });
  }

  /** The committed state, or null if the channel does not exist. Ids must be in lower case. */
  read(accountId: string | null, channelId: string): Promise<ChannelWithMember | null> {
    return this.calls.run({ accountId, channelId });
  }

  /** A state of the last minute that {@link remember} was told; only for a write that decides again under the channel's lock. */
  readRecent(accountId: string, channelId: string): ChannelWithMember | undefined {
    return this.recent.get(keyOf(accountId, channelId));
  }

  remember(accountId: string, { channel, membership }: ChannelWithMember): void {
    this.recent.set(keyOf(accountId, channel.id), { channel, membership });
  }

  forget(accountId: string, channelId: string): void {
    this.recent.delete(keyOf(accountId, channelId));
  }
}

const keyOf = (accountId: string, channelId: string) => `${accountId} ${channelId}`;

async function read(pool: PoolSource, questions: readonly Question[]): Promise<(ChannelWithMember | null)[]> {
  const rows = await READ.run(pool, [
    questions.map(({ accountId }) => accountId),
    questions.map(({ channelId }) => channelId),
  ]);
  const found = new Array<ChannelWithMember | null>(questions.length).fill(null);
  for (const row of rows) found[Number(row.ord) - 1] = toChannelWithMember(row);
  return found;
}

export const toChannelWithMember = (row: AccessRow): ChannelWithMember => ({
  channel: toChannel(row),
  membership: row.state ? toMember(row as MemberRow) : null,
});
