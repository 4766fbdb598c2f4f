/** A mailed permission to confirm that an address is an account's. Only its hash is kept. */
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

@Entity({ tableName: 'email_confirmations' })
export class EmailConfirmationEntity {
  @PrimaryKey({ type: 'text' })
  tokenHash!: string;

  @Property({ type: 'uuid' })
  userId!: string;

  /** The address that it was mailed to. */
  @Property({ type: 'text' })
  emailKey!: string;

  @Property({ type: 'timestamptz' })
  expiresAt!: Date;
}
