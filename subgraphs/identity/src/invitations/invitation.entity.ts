/** An invitation in the database. The hashes of its tokens are in identity.invitation_tokens. Clients see invitation.type.ts instead. */
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Role } from '../permissions/role';

@Entity({ tableName: 'invitations' })
export class InvitationEntity {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'text' })
  role!: Role;

  /** The only address that may register with it; null for any. */
  @Property({ type: 'text', nullable: true })
  email!: string | null;

  /** Language of its mail (BCP 47). */
  @Property({ type: 'text', nullable: true })
  locale!: string | null;

  @Property({ type: 'integer' })
  maxUses!: number;

  @Property({ type: 'integer' })
  uses!: number;

  /** Null if a command created it. */
  @Property({ type: 'uuid', nullable: true })
  createdBy!: string | null;

  @Property({ type: 'timestamptz' })
  createdAt!: Date;

  @Property({ type: 'timestamptz' })
  expiresAt!: Date;

  @Property({ type: 'timestamptz', nullable: true })
  revokedAt!: Date | null;
}
