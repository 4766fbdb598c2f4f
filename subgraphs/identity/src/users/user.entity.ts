/** An account as it is stored. Never sent to clients as a whole: see user.type.ts. */
import { ArrayType } from '@mikro-orm/core';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Role } from '../roles/role';

@Entity({ tableName: 'users' })
export class UserEntity {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'text' })
  username!: string;

  /** See nameKey(): unique. */
  @Property({ type: 'text' })
  usernameKey!: string;

  @Property({ type: 'text', nullable: true })
  email!: string | null;

  /** See emailKey(): unique. */
  @Property({ type: 'text', nullable: true })
  emailKey!: string | null;

  @Property({ type: 'text' })
  displayName!: string;

  /** BCP 47; null means that the client decides. */
  @Property({ type: 'text', nullable: true })
  locale!: string | null;

  /** bcrypt; null for accounts that cannot log in with a password. */
  @Property({ type: 'text', nullable: true })
  passwordHash!: string | null;

  @Property({ type: ArrayType, columnType: 'text[]' })
  roles!: Role[];

  @Property({ type: 'timestamptz' })
  createdAt!: Date;
}
