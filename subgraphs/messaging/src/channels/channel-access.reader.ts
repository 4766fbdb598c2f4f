/**
 * Reads channels together with what accounts are to them, for all requests of the process that ask at the same time by one statement:
 * nearly every request asks, and a busy process would spend more on these round trips than on anything else. Decides nothing.
 */
import type { EntityManager } from '@chat/kit/database/database';
import { PreparedStatement } from '@chat/kit/database/prepared-statement';
import { GroupedCalls } from '@chat/kit/grouped-calls';
import { OWN_CHANNEL_COLUMNS, toChannel, type ChannelEntity, type ChannelRow } from './channel.entity';
import { MEMBER_COLUMNS, toMember, type MemberEntity, type MemberRow } from './member.entity';

export interface ChannelWithMember {
  channel: ChannelEntity;
  /** Null for who never was a member. */
  membership: MemberEntity | null;
}

interface Question {
  accountId: string | null;
  channelId: string;
}

export type AccessRow = ChannelRow & Partial<MemberRow> & { ord: string };

/** The columns of {@link AccessRow}, of what reads channels together with memberships, as `f`, `c` and `m`. */
export const ACCESS_COLUMNS = `f.ord, f.event_seq, ${OWN_CHANNEL_COLUMNS}, ${MEMBER_COLUMNS}`;

const READ = new PreparedStatement<AccessRow>(
  'read-channel-access',
  `select ${ACCESS_COLUMNS}
   from messaging.read_channel_access($1, $2) f, lateral (select (f.channel).*) c, lateral (select (f.member).*) m`,
);

export class ChannelAccessReader {
  private readonly calls: GroupedCalls<Question, ChannelWithMember | null>;

  constructor(fork: () => EntityManager) {
    this.calls = new GroupedCalls((questions) => read(fork(), questions), { maxCalls: 2 });
  }

  /** As it is committed now, or null where there is no such channel. Both are ids, in lower case. */
  read(accountId: string | null, channelId: string): Promise<ChannelWithMember | null> {
    return this.calls.run({ accountId, channelId });
  }
}

async function read(em: EntityManager, questions: readonly Question[]): Promise<(ChannelWithMember | null)[]> {
  const rows = await READ.run(em, [
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
