/** A login at a provider that has begun: what its end is checked against. */
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

@Entity({ tableName: 'provider_logins' })
export class ProviderLoginEntity {
  /** Of the state that the provider gives back; the state itself is the client's. */
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
