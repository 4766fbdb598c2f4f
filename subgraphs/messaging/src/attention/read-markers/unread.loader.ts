/** Counts unread messages in one statement for all channels of a request. Runs only if a request selects the count. */
import type { EntityManager } from '@chat/kit/database/database';
import DataLoader from 'dataloader';
import type { UnreadRange } from '../../channels/viewer-membership';

/** Deleted messages do not count as unread. */
export type UnreadLoader = DataLoader<UnreadRange, number, string>;

export const unreadLoader = (em: () => EntityManager): UnreadLoader =>
  new DataLoader(
    async (ranges) => {
      const filled = ranges.filter(({ after, upTo }) => upTo > after);
      if (filled.length === 0) return ranges.map(() => 0);
      const rows = await em().execute<{ channelId: string; after: string; deleted: number }[]>(
        `select range."channelId", range.after, count(*)::int as deleted
         from jsonb_to_recordset(?::jsonb) as range ("channelId" uuid, after bigint, "upTo" bigint)
         join messaging.messages m on m.channel_id = range."channelId" and m.deleted_at is not null
           and m.seq > range.after and m.seq <= range."upTo"
         group by 1, 2`,
        [JSON.stringify(filled)],
      );
      const deleted = new Map(rows.map((row) => [`${row.channelId} ${row.after}`, row.deleted]));
      return ranges.map(({ channelId, after, upTo }) => upTo - after - (deleted.get(`${channelId} ${after}`) ?? 0));
    },
    { cacheKeyFn: ({ channelId, after, upTo }) => `${channelId} ${after} ${upTo}`, cache: false },
  );
