/** Roles that administrators define. */
import type { AuditService } from '../audit/audit.service';
import type { IdentityFeature } from '../feature';
import { customRolePolicy } from './custom-role.policy';
import { CustomRoleResolver } from './custom-role.resolver';
import { CustomRoleService } from './custom-role.service';
import { CustomRoleEntity } from './custom-role.entity';

export const customRoleFeature: IdentityFeature<{
  needs: { audit: AuditService };
  services: { customRoles: CustomRoleService };
}> = {
  name: 'custom-roles',
  entities: [CustomRoleEntity],
  resolvers: [CustomRoleResolver],
  policy: customRolePolicy,
  services: ({ access, services: { audit } }) => ({ customRoles: new CustomRoleService(access, audit) }),
  accountRows: [{ table: 'custom_role_members', column: 'user_id' }],
};
