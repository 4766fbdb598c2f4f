/** Sets the password of an account and ends everything that was opened with the old one. Does not check the password. */
import type { EntityManager } from '@chat/kit/database/database';
import { revokeKeysOf } from '../api-keys/revoke-keys';
import type { AuditService } from '../audit/audit.service';
import { revokeSessionsOf } from '../sessions/revoke-sessions';
import { UserEntity } from '../users/user.entity';
import { PasswordResetEntity } from './password-reset.entity';

export interface NewPassword {
  userId: string;
  passwordHash: string;
  /** The act in the audit log. */
  action: string;
  /** Absent if no account acts, as with a command on the server. */
  actorId?: string;
  /** The one session that stays. */
  exceptSession?: string | null;
  /** Whether API keys are revoked as well. */
  endsKeys: boolean;
}

/** Call it in a transaction. @returns the ended sessions and keys, for `AccessNews.ended` */
export async function setPassword(tx: EntityManager, audit: AuditService, given: NewPassword): Promise<string[]> {
  const { userId, passwordHash, action, actorId, exceptSession, endsKeys } = given;
  await tx.nativeUpdate(UserEntity, { id: userId }, { passwordHash });
  await tx.nativeDelete(PasswordResetEntity, { userId }); // requested for the old password
  const sessions = await revokeSessionsOf(tx, userId, exceptSession);
  const keys = endsKeys ? await revokeKeysOf(tx, userId) : [];
  await audit.record(tx, { action, ...(actorId && { actorId }), targetType: 'User', targetId: userId });
  return [...sessions, ...keys];
}
