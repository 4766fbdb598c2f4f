/** The four built-in roles of an account. */
import type { AuditService } from '../audit/audit.service';
import type { IdentityFeature } from '../feature';
import { customPermissionLoader, type CustomPermissionLoader } from '../permissions/permission.loader';
import { RoleResolver } from './role.resolver';
import { RoleService } from './role.service';

export const roleFeature: IdentityFeature<{
  needs: { audit: AuditService };
  services: { roles: RoleService };
  loaders: { customPermissions: CustomPermissionLoader };
}> = {
  name: 'roles',
  resolvers: [RoleResolver],
  services: ({ access, services: { audit } }) => ({ roles: new RoleService(access, audit) }),
  loaders: ({ em }) => ({ customPermissions: customPermissionLoader(em) }),
};
