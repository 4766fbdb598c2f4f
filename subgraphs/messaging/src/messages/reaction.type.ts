/** GraphQL types of reactions. */
import { connectionType } from '@chat/kit/graphql/connection';
import { Field, Int, ObjectType } from 'type-graphql';
import { User } from '../users/user.type';

@ObjectType({ simpleResolvers: true, description: 'An emoji on a message.' })
export class Reaction {
  @Field({ description: "One emoji of Unicode's recommended set (RGI), sequences included." })
  emoji!: string;

  @Field(() => Int, { description: 'The number of accounts.' })
  count!: number;
}

@ObjectType({ simpleResolvers: true, description: 'An account that reacted with an emoji.' })
class Reactor {
  @Field(() => User, { nullable: true, description: 'The account; null if it no longer exists.' })
  user!: User | null;

  @Field(() => Date, { description: 'When it reacted.' })
  reactedAt!: Date;
}

@ObjectType({ description: 'Accounts that reacted with an emoji, in the order of their reactions.' })
export class ReactorConnection extends connectionType('Reactor', () => Reactor) {}
