/** An attached file as a reference: its id. The files subgraph owns the other fields, and the gateway fetches them there. */
import { Directive, Field, ID, ObjectType } from 'type-graphql';

@Directive('@key(fields: "id", resolvable: false)')
@ObjectType('File', { simpleResolvers: true })
export class File {
  @Field(() => ID, { description: 'Opaque and permanent (UUIDv7).' })
  id!: string;
}
