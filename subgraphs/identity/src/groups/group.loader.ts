/** Loads groups by id, many in one query per request. */
import type { EntityManager } from '@chat/kit/database/database';
import { isId } from '@chat/kit/ids';
import DataLoader from 'dataloader';
import { Group } from './group.type';

export type GroupLoader = DataLoader<string, Group | null>;

/** `null` for ids that no group has, malformed ones included. */
export function groupLoader(em: () => EntityManager): GroupLoader {
  return new DataLoader(async (ids) => {
    const groups = await em().find(Group, { id: { $in: ids.filter(isId) } });
    const byId = new Map(groups.map((group) => [group.id, group]));
    return ids.map((id) => byId.get(id) ?? null);
  });
}
