/** A mailed token that authorises a new password. Only its hash is stored. */
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

@Entity({ tableName: 'password_resets' })
export class PasswordResetEntity {
  @PrimaryKey({ type: 'text' })
  tokenHash!: string;

  @Property({ type: 'uuid' })
  userId!: string;

  @Property({ type: 'timestamptz' })
  expiresAt!: Date;
}
