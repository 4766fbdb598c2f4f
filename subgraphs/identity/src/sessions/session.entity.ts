/** A login on one device. Its tokens are signed and not stored, except for the generation number of the refresh token. */
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

@Entity({ tableName: 'sessions' })
export class SessionEntity {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'uuid' })
  userId!: string;

  /** Generation number of the current refresh token. Lower numbers have been used. */
  @Property({ type: 'integer' })
  generation!: number;

  /** The hash of the last refresh's `clientMutationId`; null if it had none. */
  @Property({ type: 'text', nullable: true })
  refreshKey?: string | null;

  @Property({ type: 'text', nullable: true })
  userAgent!: string | null;

  @Property({ type: 'text', nullable: true })
  address!: string | null;

  @Property({ type: 'timestamptz' })
  createdAt!: Date;

  /** Time of the login or the last refresh. */
  @Property({ type: 'timestamptz' })
  lastSeenAt!: Date;

  @Property({ type: 'timestamptz' })
  expiresAt!: Date;

  @Property({ type: 'timestamptz', nullable: true })
  revokedAt!: Date | null;
}
