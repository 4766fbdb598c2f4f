/** What a login gives. */
import { Field, ObjectType } from 'type-graphql';
import { User } from '../users/user.type';

@ObjectType({ description: 'What a login gives: a token for requests, and one for the next token.' })
export class Authentication {
  @Field({ description: 'Send it as `Authorization: Bearer …`, on a WebSocket as `authorization` of connection_init.' })
  accessToken!: string;

  @Field({
    description:
      'For `refreshSession`, once. Using it again ends the session, as somebody else has it too; within ten seconds the client itself may repeat it.',
  })
  refreshToken!: string;

  @Field({ description: 'When the access token ends.' })
  expiresAt!: Date;

  @Field(() => User, { description: 'Who is logged in now.' })
  user!: User;
}
