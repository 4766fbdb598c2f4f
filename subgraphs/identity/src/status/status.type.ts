/** The status text of an account, in the graph. */
import { Field, ObjectType } from 'type-graphql';

@ObjectType({ description: 'What an account says about itself at the moment.' })
export class UserStatus {
  @Field({ description: 'One line, up to 100 characters; empty if there is only an emoji.' })
  text!: string;

  @Field(() => String, { nullable: true, description: 'One emoji.' })
  emoji!: string | null;

  @Field(() => Date, { nullable: true, description: 'Time at which it is cleared; absent if it stays.' })
  expiresAt!: Date | null;
}
