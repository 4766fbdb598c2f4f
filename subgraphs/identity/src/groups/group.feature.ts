/** Groups of accounts, which can be mentioned and granted permissions. */
import type { AuditService } from '../audit/audit.service';
import type { IdentityFeature } from '../feature';
import { groupLoader, type GroupLoader } from './group.loader';
import { groupPolicy } from './group.policy';
import { groupReference } from './group.reference';
import { GroupMemberConnectionResolver, GroupResolver } from './group.resolver';
import { GroupService } from './group.service';
import { GroupEntity } from './group.entity';

export const groupFeature: IdentityFeature<{
  needs: { audit: AuditService };
  services: { groups: GroupService };
  loaders: { group: GroupLoader };
}> = {
  name: 'groups',
  entities: [GroupEntity],
  resolvers: [GroupMemberConnectionResolver, GroupResolver],
  references: { Group: groupReference },
  policy: groupPolicy,
  services: ({ access, services: { audit } }) => ({ groups: new GroupService(access, audit) }),
  loaders: ({ em }) => ({ group: groupLoader(em) }),
  accountRows: [{ table: 'group_members', column: 'user_id' }],
};
