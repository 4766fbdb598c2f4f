/** Loads groups by id, batched per request. */
import type { EntityManager } from '@chat/kit/database/database';
import { isId } from '@chat/kit/ids';
import DataLoader from 'dataloader';
import { GroupEntity } from './group.entity';

export type GroupLoader = DataLoader<string, GroupEntity | null>;

/** `null` for unknown and malformed ids. */
export function groupLoader(em: () => EntityManager): GroupLoader {
  return new DataLoader(async (ids) => {
    const groups = await em().find(GroupEntity, { id: { $in: ids.filter(isId) } });
    const byId = new Map(groups.map((group) => [group.id, group]));
    return ids.map((id) => byId.get(id) ?? null);
  });
}
