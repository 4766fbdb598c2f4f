/** Grants: permissions on single resources. */
import type { AuditService } from '../audit/audit.service';
import type { IdentityFeature } from '../feature';
import { grantPolicy } from './grant.policy';
import { GrantResolver } from './grant.resolver';
import { GrantService } from './grant.service';
import { GrantEntity } from './grant.entity';

export const grantFeature: IdentityFeature<{ needs: { audit: AuditService }; services: { grants: GrantService } }> = {
  name: 'grants',
  entities: [GrantEntity],
  resolvers: [GrantResolver],
  policy: grantPolicy,
  services: ({ access, grants, services: { audit } }) => ({ grants: new GrantService(access, audit, grants) }),
  accountRows: [{ table: 'grants', column: 'user_id' }],
};
