/** Statements that write memberships and the channel's member count. Runs in the caller's transaction; decides nothing. */
import type { EntityManager } from '@chat/kit/database/database';
import { MemberRole } from './member.entity';

/** Skips banned accounts and members. @returns the accounts that joined */
export async function joinMembers(
  tx: EntityManager,
  channelId: string,
  userIds: readonly string[],
  role = MemberRole.MEMBER,
): Promise<string[]> {
  const people = [...new Set(userIds)].sort();
  if (people.length === 0) return [];
  await lockChannel(tx, channelId);
  const rows = await tx.execute<{ user_id: string }[]>(
    `insert into messaging.members as m (channel_id, user_id, state, role, joined_at, read_seq)
     select c.id, person::uuid, 'JOINED', ?, now(), c.last_seq
     from messaging.channels c, unnest(array[?]::text[]) as person
     where c.id = ?
     on conflict (channel_id, user_id) do update
       set state = 'JOINED', role = excluded.role, joined_at = excluded.joined_at, read_seq = excluded.read_seq, mention_count = 0
       where m.state = 'LEFT'
     returning user_id`,
    [role, people, channelId],
  );
  await count(tx, channelId, rows.length);
  return rows.map((row) => row.user_id);
}

/** @returns whether the account was a member */
export async function removeFromMembers(tx: EntityManager, channelId: string, userId: string): Promise<boolean> {
  await lockChannel(tx, channelId);
  const rows = await tx.execute<unknown[]>(
    `update messaging.members set state = 'LEFT', role = 'MEMBER'
     where channel_id = ? and user_id = ? and state = 'JOINED' returning user_id`,
    [channelId, userId],
  );
  await count(tx, channelId, -rows.length);
  return rows.length > 0;
}

/** If the channel has no owner, makes the longest-standing member the owner, moderators first. The installation's own channel needs none. */
export async function ensureOwner(tx: EntityManager, channelId: string): Promise<void> {
  await tx.execute(
    `update messaging.members set role = 'OWNER'
     where channel_id = ? and user_id = (
         select user_id from messaging.members where channel_id = ? and state = 'JOINED'
         order by role = 'MODERATOR' desc, joined_at, user_id limit 1)
       and not exists (select 1 from messaging.members where channel_id = ? and state = 'JOINED' and role = 'OWNER')
       and exists (select 1 from messaging.channels where id = ? and created_by is not null)`,
    [channelId, channelId, channelId, channelId],
  );
}

/** Locks in the order channel, events, members, messages, inboxes prevent deadlocks. Each change of them acquires this lock first. */
export async function lockChannel(tx: EntityManager, channelId: string): Promise<void> {
  await tx.execute('select 1 from messaging.channels where id = ? for no key update', [channelId]);
}

async function count(tx: EntityManager, channelId: string, change: number): Promise<void> {
  if (change !== 0)
    await tx.execute('update messaging.channels set member_count = member_count + ? where id = ?', [change, channelId]);
}
