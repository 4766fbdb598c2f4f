/** An API key in the database. Its secret is not stored, only the hash of it. */
import { ArrayType } from '@mikro-orm/core';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Permission } from '../permissions/role';

@Entity({ tableName: 'api_keys' })
export class ApiKeyEntity {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'uuid' })
  userId!: string;

  @Property({ type: 'text' })
  name!: string;

  /** SHA-256. The secret is random and long, so it needs neither a salt nor a slow hash. */
  @Property({ type: 'text' })
  secretHash!: string;

  /** The scope. */
  @Property({ type: ArrayType, columnType: 'text[]' })
  permissions!: Permission[];

  @Property({ type: 'timestamptz' })
  createdAt!: Date;

  /** Null if the key does not expire. */
  @Property({ type: 'timestamptz', nullable: true })
  expiresAt!: Date | null;

  @Property({ type: 'timestamptz', nullable: true })
  lastUsedAt!: Date | null;

  @Property({ type: 'timestamptz', nullable: true })
  revokedAt!: Date | null;
}
