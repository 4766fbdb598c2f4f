/** Who works on a project. Not needed to read it: see project.policy.ts. */
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
