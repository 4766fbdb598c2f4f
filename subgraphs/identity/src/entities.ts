/** Everything that MikroORM stores for this subgraph. */
import { PasswordResetEntity } from './accounts/password-reset.entity';
import { ApiKey } from './api-keys/api-key.type';
import { AuditActEntity } from './audit/audit-act.entity';
import { CustomRole } from './custom-roles/custom-role.type';
import { Grant } from './grants/grant.type';
import { Group } from './groups/group.type';
import { SessionEntity } from './sessions/session.entity';
import { UserEntity } from './users/user.entity';

export const entities = [
  ApiKey,
  AuditActEntity,
  CustomRole,
  Grant,
  Group,
  PasswordResetEntity,
  SessionEntity,
  UserEntity,
];
