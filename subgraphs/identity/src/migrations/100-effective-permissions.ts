/** The permissions of accounts on the whole installation, for subgraphs that act on behalf of absent accounts. */
import { Migration } from '@mikro-orm/migrations';

export class EffectivePermissions extends Migration {
  override up(): void {
    // The same table as ALLOWED in permissions/role.ts; role.test.ts compares the two.
    this.addSql(`create view identity.effective_permissions as
      select u.id as user_id, allowed.permission from identity.users u
      join (values ('ADMIN', 'READ'), ('ADMIN', 'WRITE'), ('ADMIN', 'DELETE'), ('ADMIN', 'MANAGE'),
        ('MODERATOR', 'READ'), ('MODERATOR', 'WRITE'), ('MODERATOR', 'DELETE'),
        ('USER', 'READ'), ('USER', 'WRITE'), ('GUEST', 'READ')) as allowed (role, permission) on allowed.role = any(u.roles)
      union
      select m.user_id, unnest(r.permissions) from identity.custom_role_members m
      join identity.custom_roles r on r.id = m.role_id`);
  }
}
