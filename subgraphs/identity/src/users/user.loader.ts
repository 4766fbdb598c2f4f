/** Loads accounts by id, batched per request. A thousand are read at once, so their rows are mapped without the ORM. */
import { PreparedStatement, type PoolSource } from '@chat/kit/database/prepared-statement';
import { isId } from '@chat/kit/ids';
import DataLoader from 'dataloader';
import type { Role } from '../permissions/role';
import type { UserEntity } from './user.entity';

/** An account as others read it: what it knows to log in is left out. */
export type LoadedUser = Omit<UserEntity, 'passwordHash' | 'usernameKey' | 'usernameSkeleton' | 'emailKey'>;

export type UserLoader = DataLoader<string, LoadedUser | null>;

interface Row {
  id: string;
  username: string;
  email: string | null;
  is_email_verified: boolean;
  display_name: string;
  avatar_url: string | null;
  locale: string | null;
  roles: Role[];
  is_bot: boolean;
  created_at: string;
  deactivated_at: string | null;
  deleted_at: string | null;
  status_text: string | null;
  status_emoji: string | null;
  status_expires_at: string | null;
}

const READ = new PreparedStatement<Row>(
  'users-by-id',
  `select id, username, email, is_email_verified, display_name, avatar_url, locale, to_json(roles) as roles, is_bot, created_at,
     deactivated_at, deleted_at, status_text, status_emoji, status_expires_at
   from identity.users where id = any($1::uuid[])`,
);

/** `null` for unknown and malformed ids. */
export function userLoader(pool: PoolSource): UserLoader {
  return new DataLoader(async (ids) => {
    const rows = await READ.run(pool, [`{${ids.filter(isId).join()}}`]);
    const byId = new Map(rows.map((row) => [row.id, toUser(row)]));
    return ids.map((id) => byId.get(id.toLowerCase()) ?? null);
  });
}

const date = (text: string | null) => (text === null ? null : new Date(text));

const toUser = (row: Row): LoadedUser => ({
  id: row.id,
  username: row.username,
  email: row.email,
  isEmailVerified: row.is_email_verified,
  displayName: row.display_name,
  avatarUrl: row.avatar_url,
  locale: row.locale,
  roles: row.roles,
  isBot: row.is_bot,
  createdAt: new Date(row.created_at),
  deactivatedAt: date(row.deactivated_at),
  deletedAt: date(row.deleted_at),
  statusText: row.status_text,
  statusEmoji: row.status_emoji,
  statusExpiresAt: date(row.status_expires_at),
  isActive: row.deactivated_at === null && row.deleted_at === null,
});
