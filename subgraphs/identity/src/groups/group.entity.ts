/** A group in the database. Its members are rows of `group_members`, which only SQL touches. */
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

@Entity({ tableName: 'groups' })
export class GroupEntity {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'text' })
  name!: string;

  /** See nameKey(); unique. */
  @Property({ type: 'text' })
  nameKey!: string;

  /** See nameSkeleton(); unique, and shared with no account. */
  @Property({ type: 'text' })
  nameSkeleton!: string;

  @Property({ type: 'text', nullable: true })
  description!: string | null;
}
