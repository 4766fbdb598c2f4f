/** A project as its table has it. `lastNumber` is moved only by the statement that gives a ticket its number. */
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

@Entity({ tableName: 'projects' })
export class ProjectEntity {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  /** Upper case; unique; what ticket references start with. */
  @Property({ type: 'text' })
  key!: string;

  @Property({ type: 'text' })
  name!: string;

  @Property({ type: 'text', nullable: true })
  description!: string | null;

  /** The number of the newest ticket; 0 before the first. */
  @Property({ type: 'integer' })
  lastNumber!: number;

  @Property({ type: 'uuid' })
  createdBy!: string;

  @Property({ type: 'timestamptz' })
  createdAt!: Date;
}
