/** A member of a project. Reading a project does not require membership; see project.policy.ts. */
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

@Entity({ tableName: 'project_members' })
export class ProjectMemberEntity {
  @PrimaryKey({ type: 'uuid' })
  projectId!: string;

  @PrimaryKey({ type: 'uuid' })
  userId!: string;

  @Property({ type: 'timestamptz' })
  addedAt!: Date;
}
