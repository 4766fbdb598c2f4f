/** GraphQL types of reactions. */
import { Field, Int, ObjectType } from 'type-graphql';

@ObjectType({ simpleResolvers: true, description: 'An emoji on a message.' })
export class Reaction {
  @Field({ description: "One emoji of Unicode's recommended set (RGI), sequences included." })
  emoji!: string;

  @Field(() => Int, { description: 'The number of accounts.' })
  count!: number;
}
