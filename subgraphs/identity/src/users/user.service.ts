/** Finds accounts. Does not change them; see accounts/. */
import { ASSISTANT_ID } from '@chat/identity-client/directory/assistant-account';
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

/** Limit of searches, in characters. No name is longer. */
const SEARCH_MAX = 100;

export interface UserPage extends Connection<UserEntity> {
  search: string | null;
}

/** Accounts that may match an identifier. Padded with null, so that the number, and the time of a login, depends only on its kind. */
export type LoginCandidates = (UserEntity | null)[];

export class UserService {
  /**
   * The accounts that may log in as `identifier`, a username or an e-mail address, without regard to case. For an address, these are the
   * account that has confirmed it and the newest account that claims it, so that a new account can log in by its address in any case.
   */
  async findByIdentifier(em: EntityManager, identifier: string): Promise<LoginCandidates> {
    // No username has an @, so one query is enough and takes the same time for all identifiers.
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
  // The assistant is no person of the installation, so that only a search by name finds it.
  if (text === '') return ['deleted_at is null and id <> ?', [ASSISTANT_ID]];
  return [`deleted_at is null and username || ' ' || display_name ilike ?`, [`%${text.replace(/[\\%_]/g, '\\$&')}%`]];
}
