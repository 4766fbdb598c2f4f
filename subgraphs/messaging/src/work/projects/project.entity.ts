/** The entity of a project. Only the statement that numbers tickets changes `lastNumber`. */
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

@Entity({ tableName: 'projects' })
export class ProjectEntity {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  /** The prefix of ticket references. Upper case, unique. */
  @Property({ type: 'text' })
  key!: string;

  @Property({ type: 'text' })
  name!: string;

  @Property({ type: 'text', nullable: true })
  description!: string | null;

  /** The number of the newest ticket; 0 if there is none. */
  @Property({ type: 'integer' })
  lastNumber!: number;

  @Property({ type: 'uuid' })
  createdBy!: string;

  @Property({ type: 'timestamptz' })
  createdAt!: Date;
}
