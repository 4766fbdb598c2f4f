/**
 * Updates the mentions of a message after an edit. Runs in a transaction that holds the channel's lock.
 *
 * A message sent to @channel has one row for all members (`channel_mentions`; sql/send-messages.sql). If an edit changes the mentioned
 * accounts, each member gets a row first.
 */
import type { EntityManager } from '@chat/kit/database/database';
import type { SqlPart } from '../../sql-part';
import type { Addressees, ChangedMentions } from './mention.service';

type Place = { id: string; channelId: string; seq: number; author: { id: string } };

const NOBODY: Addressees = { addressedIds: [], isToEverybody: false };

/** The mentions of a deleted message. */
export const NO_MENTIONS = { ...NOBODY, added: NOBODY, keepsAll: false };

/**
 * Updates mentions and unread counts. A withdrawn mention keeps its row with a mark, so that removing a name and adding it again does
 * not notify the account twice. @returns the accounts to notify, each for the first time, except those that have muted the
 * channel
 */
export async function changeMentions(
  tx: EntityManager,
  { id, channelId, seq, author }: Place,
  { added, keepsAll, ...meant }: Omit<ChangedMentions, 'mentionedIds'>,
): Promise<string[]> {
  if (!keepsAll || added.isToEverybody || added.addressedIds.length > 0) await giveEachARow(tx, channelId, seq);
  const meantNow = membersAmong(channelId, author.id, meant);
  const meantNew = membersAmong(channelId, author.id, added);
  const rows = await tx.execute<{ user_id: string }[]>(
    `with meant as (${meantNow.sql}),
     withdrawn as (
       update messaging.mentions m set is_withdrawn = true where m.channel_id = ? and m.seq = ? and not m.is_withdrawn
         and not ? and not exists (select 1 from meant where meant.user_id = m.user_id) returning user_id),
     restored as (
       update messaging.mentions m set is_withdrawn = false from meant
       where m.channel_id = ? and m.seq = ? and m.is_withdrawn and m.user_id = meant.user_id returning m.user_id),
     added as (
       insert into messaging.mentions (channel_id, user_id, seq, message_id)
       select ?, user_id, ?, ? from (${meantNew.sql}) added on conflict do nothing returning user_id),
     counted as (
       update messaging.members r set mention_count = greatest(r.mention_count + change.n, 0)
       from (select user_id, -1 as n from withdrawn union all select user_id, 1 from restored
             union all select user_id, 1 from added) as change
       where r.channel_id = ? and r.user_id = change.user_id and r.read_seq < ?)
     select a.user_id from added a join messaging.members r on r.channel_id = ? and r.user_id = a.user_id
     where (r.notifications_muted_until > now()) is not true order by a.user_id`,
    [
      ...meantNow.values,
      ...[channelId, seq, keepsAll],
      ...[channelId, seq],
      ...[channelId, seq, id, ...meantNew.values],
      ...[channelId, seq],
      channelId,
    ],
  );
  return rows.map((row) => row.user_id);
}

async function giveEachARow(tx: EntityManager, channelId: string, seq: number): Promise<void> {
  await tx.execute(
    `with everybody as (delete from messaging.channel_mentions where channel_id = ? and seq = ? returning *)
     insert into messaging.mentions (channel_id, user_id, seq, message_id)
     select e.channel_id, r.user_id, e.seq, e.message_id from everybody e join messaging.members r on r.channel_id = e.channel_id
     where r.state = 'JOINED' and r.joined_seq < e.seq and r.user_id is distinct from e.silent_id
     on conflict do nothing`,
    [channelId, seq],
  );
}

const membersAmong = (channelId: string, authorId: string, { addressedIds, isToEverybody }: Addressees): SqlPart => ({
  sql: `select r.user_id from messaging.members r where r.channel_id = ? and r.state = 'JOINED' and r.user_id <> ?${
    isToEverybody ? '' : ' and r.user_id in (select id::uuid from jsonb_array_elements_text(?::jsonb) id)'
  }`,
  values: [channelId, authorId, ...(isToEverybody ? [] : [JSON.stringify(addressedIds)])],
});
