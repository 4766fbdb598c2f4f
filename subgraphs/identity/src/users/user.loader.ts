/** Loads accounts by id, batched per request. */
import type { EntityManager } from '@chat/kit/database/database';
import { isId } from '@chat/kit/ids';
import DataLoader from 'dataloader';
import { UserEntity } from './user.entity';

export type UserLoader = DataLoader<string, UserEntity | null>;

/** `null` for unknown and malformed ids. */
export function userLoader(em: () => EntityManager): UserLoader {
  return new DataLoader(async (ids) => {
    const users = await em().find(UserEntity, { id: { $in: ids.filter(isId) } });
    const byId = new Map(users.map((user) => [user.id, user]));
    return ids.map((id) => byId.get(id) ?? null);
  });
}
