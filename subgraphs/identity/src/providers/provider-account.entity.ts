/** The link between a person at a provider and an account. */
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { PrimaryKeyProp } from '@mikro-orm/core';

@Entity({ tableName: 'provider_accounts' })
export class ProviderAccountEntity {
  [PrimaryKeyProp]?: ['provider', 'subject'];

  @PrimaryKey({ type: 'text' })
  provider!: string;

  /** The provider's id of the person, which never changes. */
  @PrimaryKey({ type: 'text' })
  subject!: string;

  @Property({ type: 'uuid' })
  userId!: string;

  @Property({ type: 'timestamptz' })
  createdAt!: Date;
}
