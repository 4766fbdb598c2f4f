/** Projects as clients see them. */
import { connectionType } from '@chat/kit/graphql/connection';
import { Directive, Field, ID, ObjectType } from 'type-graphql';
import { User } from '../../users/user.type';

@ObjectType({ simpleResolvers: true, description: 'An account that works on a project.' })
export class ProjectMember {
  @Field(() => User, { nullable: true, description: 'The account; null where it no longer exists.' })
  user!: User | null;

  @Field(() => Date, { description: 'When it was added.' })
  addedAt!: Date;
}

@Directive('@key(fields: "id")')
@ObjectType({
  simpleResolvers: true,
  description: `A body of work with tickets. Every account but guests sees all projects, opens tickets and comments on them.
Its members, and a ticket's author and assignee, change tickets. Its creator and administrators change the project and its members.
Grants on a project hold for its tickets: READ shows it to guests too, WRITE is as good as membership, MANAGE as having created it.`,
})
export class Project {
  @Field(() => ID, { description: 'Opaque (UUIDv7).' })
  id!: string;

  @Field({ description: 'What references to its tickets start with, such as OPS in OPS-42. Unique; never changes.' })
  key!: string;

  @Field({ description: 'What it is called.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'What it is about, in Markdown.' })
  description!: string | null;

  @Field(() => Date, { description: 'When it was created.' })
  createdAt!: Date;
}

@ObjectType({ description: 'Projects, by key.' })
export class ProjectConnection extends connectionType('Project', () => Project) {}
