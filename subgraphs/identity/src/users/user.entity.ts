/** An account in the database. Clients see user.type.ts instead. */
import { ArrayType, OptionalProps } from '@mikro-orm/core';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Role } from '../permissions/role';

@Entity({ tableName: 'users' })
export class UserEntity {
  [OptionalProps]?: 'isActive' | 'statusText' | 'statusEmoji' | 'statusExpiresAt';

  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'text' })
  username!: string;

  /** See nameKey(); unique. */
  @Property({ type: 'text' })
  usernameKey!: string;

  /** See nameSkeleton(); unique. */
  @Property({ type: 'text' })
  usernameSkeleton!: string;

  @Property({ type: 'text', nullable: true })
  email!: string | null;

  /** See emailKey(). Any number of accounts may claim an address; at most one of them has confirmed it. */
  @Property({ type: 'text', nullable: true })
  emailKey!: string | null;

  /** Whether a provider or a mailed token has confirmed the address. */
  @Property({ type: 'boolean', default: false })
  isEmailVerified!: boolean;

  @Property({ type: 'text' })
  displayName!: string;

  /** An https address; null for an account without a picture. */
  @Property({ type: 'text', nullable: true })
  avatarUrl?: string | null;

  /** BCP 47; null leaves the choice to the client. */
  @Property({ type: 'text', nullable: true })
  locale!: string | null;

  /** bcrypt; null for accounts that cannot log in with a password. */
  @Property({ type: 'text', nullable: true })
  passwordHash!: string | null;

  @Property({ type: ArrayType, columnType: 'text[]' })
  roles!: Role[];

  /** A service account, which has API keys and no password. */
  @Property({ type: 'boolean', default: false })
  isBot!: boolean;

  @Property({ type: 'timestamptz' })
  createdAt!: Date;

  /** Set while the account is deactivated and cannot log in. */
  @Property({ type: 'timestamptz', nullable: true })
  deactivatedAt!: Date | null;

  /** Set once the account is deleted. The row stays without personal data, so that its content keeps an author. */
  @Property({ type: 'timestamptz', nullable: true })
  deletedAt!: Date | null;

  /** See user-status.ts. */
  @Property({ type: 'text', nullable: true, default: null })
  statusText!: string | null;

  @Property({ type: 'text', nullable: true, default: null })
  statusEmoji!: string | null;

  /** Null if the status does not expire. */
  @Property({ type: 'timestamptz', nullable: true, default: null })
  statusExpiresAt!: Date | null;

  get isActive(): boolean {
    return !this.deactivatedAt && !this.deletedAt;
  }
}
