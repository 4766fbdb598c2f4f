/** A pending login at a provider, with the secrets that its completion is verified against. */
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

@Entity({ tableName: 'provider_logins' })
export class ProviderLoginEntity {
  /** Hash of the state. Only the client has the state itself. */
  @PrimaryKey({ type: 'text' })
  stateHash!: string;

  @Property({ type: 'text' })
  provider!: string;

  @Property({ type: 'text' })
  redirectUri!: string;

  @Property({ type: 'text' })
  codeVerifier!: string;

  @Property({ type: 'text' })
  nonce!: string;

  @Property({ type: 'timestamptz' })
  expiresAt!: Date;
}
