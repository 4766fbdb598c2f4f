/** A mailed token that confirms an e-mail address. Only its hash is stored. */
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

@Entity({ tableName: 'email_confirmations' })
export class EmailConfirmationEntity {
  @PrimaryKey({ type: 'text' })
  tokenHash!: string;

  @Property({ type: 'uuid' })
  userId!: string;

  /** The recipient; see emailKey(). */
  @Property({ type: 'text' })
  emailKey!: string;

  /** The address that the account gets; null if the token confirms the one that it has. */
  @Property({ type: 'text', nullable: true })
  newEmail?: string | null;

  @Property({ type: 'timestamptz' })
  expiresAt!: Date;
}
