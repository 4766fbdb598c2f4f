/** Loads the viewer's drafts in batches. */
import type { EntityManager } from '@chat/kit/database/database';
import DataLoader from 'dataloader';
import { DRAFT_COLUMNS, toDraft, type DraftEntity, type DraftRow } from './draft.entity';

/** Keyed by the id of a channel of which the viewer is a member; null if there is no draft. */
export type DraftLoader = DataLoader<string, DraftEntity | null>;

export const draftLoader = (em: () => EntityManager, viewerId: string | null): DraftLoader =>
  new DataLoader(
    async (channelIds) => {
      const rows = await em().execute<DraftRow[]>(
        `select ${DRAFT_COLUMNS} from messaging.drafts d where d.user_id = ? and d.channel_id in (?)`,
        [viewerId, channelIds],
      );
      const drafts = new Map(rows.map((row) => [row.channel_id, toDraft(row)]));
      return channelIds.map((id) => drafts.get(id) ?? null);
    },
    { cache: false },
  );
