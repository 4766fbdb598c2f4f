/** Loads accounts by id, batched per request. A thousand are read at once, so their rows are mapped without the ORM. */
import { PreparedStatement, type PoolSource } from '@chat/kit/database/prepared-statement';
import { isId } from '@chat/kit/ids';
import DataLoader from 'dataloader';
import type { Role } from '../permissions/role';
import type { UserEntity } from './user.entity';

/** An account as others read it: what it knows to log in is left out. */
export type LoadedUser = Omit<UserEntity, 'passwordHash' | 'usernameKey' | 'usernameSkeleton' | 'emailKey'>;

export type UserLoader = DataLoader<string, LoadedUser | null>;

type Row = [
  id: string,
  username: string,
  email: string | null,
  isEmailVerified: boolean,
  displayName: string,
  avatarUrl: string | null,
  locale: string | null,
  roles: string,
  isBot: boolean,
  createdAt: string,
  deactivatedAt: string | null,
  deletedAt: string | null,
  statusText: string | null,
  statusEmoji: string | null,
  statusExpiresAt: string | null,
];

const READ = new PreparedStatement<Row>(
  'users-by-id',
  `select id, username, email, is_email_verified, display_name, avatar_url, locale, array_to_string(roles, ' '), is_bot, created_at,
     deactivated_at, deleted_at, status_text, status_emoji, status_expires_at
   from identity.users where id = any($1::uuid[])`,
  'array',
);

/** `null` for unknown and malformed ids. */
export function userLoader(pool: PoolSource): UserLoader {
  return new DataLoader(async (ids) => {
    const rows = await READ.run(pool, [`{${ids.filter(isId).join()}}`]);
    const byId = new Map(rows.map((row) => [row[0], toUser(row)]));
    return ids.map((id) => byId.get(id.toLowerCase()) ?? null);
  });
}

const date = (text: string | null) => (text === null ? null : new Date(text));

const toUser = ([
  id,
  username,
  email,
  isEmailVerified,
  displayName,
  avatarUrl,
  locale,
  roles,
  isBot,
  createdAt,
  deactivatedAt,
  deletedAt,
  statusText,
  statusEmoji,
  statusExpiresAt,
]: Row): LoadedUser => ({
  id,
  username,
  email,
  isEmailVerified,
  displayName,
  avatarUrl,
  locale,
  roles: roles === '' ? [] : (roles.split(' ') as Role[]),
  isBot,
  createdAt: new Date(createdAt),
  deactivatedAt: date(deactivatedAt),
  deletedAt: date(deletedAt),
  statusText,
  statusEmoji,
  statusExpiresAt: date(statusExpiresAt),
  isActive: deactivatedAt === null && deletedAt === null,
});
