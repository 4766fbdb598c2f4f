/** Everything that MikroORM stores for this subgraph. */
import { PasswordResetEntity } from './accounts/password-reset.entity';
import { ApiKey } from './api-keys/api-key.type';
import { AuditActEntity } from './audit/audit-act.entity';
import { CustomRole } from './custom-roles/custom-role.type';
import { Grant } from './grants/grant.type';
import { Group } from './groups/group.type';
import { ProviderAccountEntity } from './providers/provider-account.entity';
import { ProviderLoginEntity } from './providers/provider-login.entity';
import { SessionEntity } from './sessions/session.entity';
import { UserEntity } from './users/user.entity';

export const entities = [
  ApiKey,
  AuditActEntity,
  CustomRole,
  Grant,
  Group,
  PasswordResetEntity,
  ProviderAccountEntity,
  ProviderLoginEntity,
  SessionEntity,
  UserEntity,
];
