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
import { emailKey } from './username';

/** In characters; no name is longer. */
const SEARCH_MAX = 100;

export interface UserPage extends Connection<UserEntity> {
  search: string | null;
}

export class UserService {
  /** The account that logs in as `identifier`: its username or its e-mail address, in any case. */
  async findByIdentifier(em: EntityManager, identifier: string): Promise<UserEntity | null> {
    // No username has an @, so that one look is enough, and takes the same time for all.
    const name = identifier.trim();
    return em.findOne(UserEntity, name.includes('@') ? { emailKey: emailKey(name) } : { usernameKey: nameKey(name) });
  }

  /** Accounts whose username or display name contains `search`, sorted by username. */
  async users(em: EntityManager, search: string | null, page: PageArguments): Promise<UserPage> {
    const request = pageRequest('users', page);
    const from = sortValue(request, isText);
    const problem = search?.trim() ? textProblem(search, { max: SEARCH_MAX }) : undefined;
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
