/** Loads the viewer's own reactions in batches. */
import type { EntityManager } from '@chat/kit/database/database';
import DataLoader from 'dataloader';

/** The viewer's emoji by the id of a message that the viewer has already received. */
export type OwnReactionsLoader = DataLoader<string, ReadonlySet<string>>;

export const ownReactionsLoader = (em: () => EntityManager, viewerId: string | null): OwnReactionsLoader =>
  new DataLoader(async (messageIds) => {
    const rows = await em().execute<{ message_id: string; emoji: string }[]>(
      'select message_id, emoji from messaging.reactions where user_id = ? and message_id in (?)',
      [viewerId, messageIds],
    );
    const own = Map.groupBy(rows, (row) => row.message_id);
    return messageIds.map((id) => new Set(own.get(id)?.map(({ emoji }) => emoji)));
  });
