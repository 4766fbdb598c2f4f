/** GraphQL types of projects. */
import { connectionType } from '@chat/kit/graphql/connection';
import { Directive, Field, ID, ObjectType } from 'type-graphql';
import { User } from '../../users/user.type';

@ObjectType({ simpleResolvers: true, description: 'A member of a project.' })
export class ProjectMember {
  @Field(() => User, { nullable: true, description: 'The account; null if it no longer exists.' })
  user!: User | null;

  @Field(() => Date, { description: 'Time of joining.' })
  addedAt!: Date;
}

@Directive('@key(fields: "id")')
@ObjectType({
  simpleResolvers: true,
  description: `A project with tickets. All accounts except guests see all projects, open tickets and comment on them.
Its members, and a ticket's author and assignee, change tickets. Its creator and administrators change the project and its members.
Grants on a project hold for its tickets: READ shows it to guests too, WRITE is as good as membership, MANAGE as having created it.`,
})
export class Project {
  @Field(() => ID, { description: 'Opaque id (UUIDv7).' })
  id!: string;

  @Field({ description: 'The prefix of ticket references, such as OPS in OPS-42. Unique; never changes.' })
  key!: string;

  @Field({ description: 'The name.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'The description, in Markdown.' })
  description!: string | null;

  @Field(() => Date, { description: 'Time of creation.' })
  createdAt!: Date;
}

@ObjectType({ description: 'Projects, sorted by key.' })
export class ProjectConnection extends connectionType('Project', () => Project) {}
