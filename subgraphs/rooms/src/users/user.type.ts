/** An account as a reference: its id. Identity owns the other fields, and the gateway fetches them there. */
import { Directive, Field, ID, ObjectType } from 'type-graphql';

@Directive('@key(fields: "id", resolvable: false)')
@ObjectType('User', { simpleResolvers: true })
export class User {
  @Field(() => ID, { description: "The account's id (UUIDv7)." })
  id!: string;
}
