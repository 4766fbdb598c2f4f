/** Which account a person at a provider has here. */
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { PrimaryKeyProp } from '@mikro-orm/core';

@Entity({ tableName: 'provider_accounts' })
export class ProviderAccountEntity {
  [PrimaryKeyProp]?: ['provider', 'subject'];

  @PrimaryKey({ type: 'text' })
  provider!: string;

  /** The provider's own id of the person: the only thing about them that does not change. */
  @PrimaryKey({ type: 'text' })
  subject!: string;

  @Property({ type: 'uuid' })
  userId!: string;

  @Property({ type: 'timestamptz' })
  createdAt!: Date;
}
