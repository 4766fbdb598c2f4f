/** An account as it is stored. Never sent to clients as a whole: see user.type.ts. */
import { ArrayType, OptionalProps } from '@mikro-orm/core';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Role } from '../roles/role';

@Entity({ tableName: 'users' })
export class UserEntity {
  [OptionalProps]?: 'isActive';

  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'text' })
  username!: string;

  /** See nameKey(): unique. */
  @Property({ type: 'text' })
  usernameKey!: string;

  /** See nameSkeleton(): unique. */
  @Property({ type: 'text' })
  usernameSkeleton!: string;

  @Property({ type: 'text', nullable: true })
  email!: string | null;

  /** See emailKey(). Any number of accounts may claim an address; of those, one at most has it verified. */
  @Property({ type: 'text', nullable: true })
  emailKey!: string | null;

  /** Whether a provider or an answered mail has shown that the address is this person's. */
  @Property({ type: 'boolean', default: false })
  isEmailVerified!: boolean;

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

  /** A service account: it has API keys and no password. */
  @Property({ type: 'boolean', default: false })
  isBot!: boolean;

  @Property({ type: 'timestamptz' })
  createdAt!: Date;

  /** Cannot log in until it is reactivated. */
  @Property({ type: 'timestamptz', nullable: true })
  deactivatedAt!: Date | null;

  /** Gone for good; the row stays, without anything personal, so that what it wrote keeps an author. */
  @Property({ type: 'timestamptz', nullable: true })
  deletedAt!: Date | null;

  get isActive(): boolean {
    return !this.deactivatedAt && !this.deletedAt;
  }
}
