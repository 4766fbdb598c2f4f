/** Reactions as clients see them. */
import { Field, Int, ObjectType } from 'type-graphql';

@ObjectType({ simpleResolvers: true, description: 'An emoji below a message.' })
export class Reaction {
  @Field({ description: "One emoji of Unicode's recommended set (RGI), sequences included." })
  emoji!: string;

  @Field(() => Int, { description: 'How many accounts have put it there.' })
  count!: number;
}
