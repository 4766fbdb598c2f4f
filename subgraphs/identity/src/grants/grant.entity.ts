/** A grant in the database: a permission on one resource, for an account or a group. */
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Permission } from '../permissions/role';

@Entity({ tableName: 'grants' })
export class GrantEntity {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  /** Null if a group has the grant. */
  @Property({ type: 'uuid', nullable: true })
  userId!: string | null;

  /** Null if an account has the grant. */
  @Property({ type: 'uuid', nullable: true })
  groupId!: string | null;

  /** A GraphQL type. */
  @Property({ type: 'text' })
  resourceType!: string;

  /** `*` for all resources of the type. */
  @Property({ type: 'text' })
  resourceId!: string;

  @Property({ type: 'text' })
  permission!: Permission;

  @Property({ type: 'uuid', nullable: true })
  grantedBy!: string | null;

  @Property({ type: 'timestamptz' })
  createdAt!: Date;
}
