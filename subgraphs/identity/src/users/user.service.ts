/** Finds accounts. Changing them is accounts/'s work. */
import { nameKey } from '@chat/identity-client/directory/directory';
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput } from '@chat/kit/errors';
import {
  isText,
  pageRequest,
  sortValue,
  toConnection,
  type Connection,
  type PageArguments,
} from '@chat/kit/graphql/connection';
import { textProblem } from '@chat/kit/graphql/text';
import { UserEntity } from './user.entity';
import { emailKey } from './mail-address';

/** In characters; no name is longer. */
const SEARCH_MAX = 100;

export interface UserPage extends Connection<UserEntity> {
  search: string | null;
}

/** As many for every identifier of a kind, so that a login takes as long for each; null for who is not there. */
export type LoginCandidates = (UserEntity | null)[];

export class UserService {
  /**
   * The accounts that may log in as `identifier`, a username or an e-mail address, in any case. Of an address these are the account
   * that has shown that it is theirs, and of those that merely claim it the newest: whoever registers with an address can log in by
   * it, whether it had an account before or not.
   */
  async findByIdentifier(em: EntityManager, identifier: string): Promise<LoginCandidates> {
    // No username has an @, so that one look is enough, and takes the same time for all.
    const name = identifier.trim();
    if (!name.includes('@')) return [await em.findOne(UserEntity, { usernameKey: nameKey(name) })];
    const newest = { createdAt: 'desc', id: 'desc' } as const;
    const claims = { emailKey: emailKey(name), deletedAt: null };
    return Promise.all([
      em.fork().findOne(UserEntity, { ...claims, isEmailVerified: true }, { orderBy: newest }),
      em.fork().findOne(UserEntity, { ...claims, isEmailVerified: false }, { orderBy: newest }),
    ]);
  }

  /** Accounts whose username or display name contains `search`, sorted by username. */
  async users(em: EntityManager, search: string | null, page: PageArguments): Promise<UserPage> {
    const request = pageRequest('users', page);
    const from = sortValue(request, isText);
    const problem = search?.trim() ? textProblem(search, { max: SEARCH_MAX, isSearch: true }) : undefined;
    if (problem) throw badUserInput({ search: `search ${problem}.` });
    const [condition, parameters] = matching(search);
    const rows = await em.execute<Record<string, unknown>[]>(
      `select * from identity.users where ${condition}
       ${from !== undefined ? `and username_key ${request.isBackward ? '<' : '>'} ?` : ''}
       order by username_key ${request.isBackward ? 'desc' : 'asc'} limit ?`,
      [...parameters, ...(from !== undefined ? [from] : []), request.limit],
    );
    const users = rows.map((row) => em.map(UserEntity, row));
    return { ...toConnection('users', request, users, (user) => [user.usernameKey]), search };
  }

  async countUsers(em: EntityManager, search: string | null): Promise<number> {
    const [condition, parameters] = matching(search);
    const [row] = await em.execute<{ count: string }[]>(
      `select count(*) from identity.users where ${condition}`,
      parameters,
    );
    return Number(row!.count);
  }
}

function matching(search: string | null): [condition: string, parameters: string[]] {
  const text = search?.trim() ?? '';
  if (text === '') return ['deleted_at is null', []];
  return [`deleted_at is null and username || ' ' || display_name ilike ?`, [`%${text.replace(/[\\%_]/g, '\\$&')}%`]];
}
