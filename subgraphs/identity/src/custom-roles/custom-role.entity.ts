/** A custom role in the database. Its members are rows of `custom_role_members`, which only SQL touches. */
import { ArrayType } from '@mikro-orm/core';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Permission } from '../permissions/role';

@Entity({ tableName: 'custom_roles' })
export class CustomRoleEntity {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'text' })
  name!: string;

  /** See nameKey(); unique. */
  @Property({ type: 'text' })
  nameKey!: string;

  @Property({ type: 'text', nullable: true })
  description!: string | null;

  @Property({ type: ArrayType, columnType: 'text[]' })
  permissions!: Permission[];
}
