/** An account as this subgraph knows it: its id. Everything else about it is identity's, and the gateway fetches it there. */
import { Directive, Field, ID, ObjectType } from 'type-graphql';

@Directive('@key(fields: "id", resolvable: false)')
@ObjectType('User', { simpleResolvers: true })
export class User {
  @Field(() => ID, { description: "The account's id (UUIDv7)." })
  id!: string;
}
