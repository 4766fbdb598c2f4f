/** The result of a login in the graph. */
import { Field, Int, ObjectType } from 'type-graphql';
import { User } from '../users/user.type';

@ObjectType({ description: 'The result of a login: an access token, and a refresh token for the next pair.' })
export class Authentication {
  @Field({
    description:
      'Send it as `Authorization: Bearer …`, or as `authorization` in the connection_init message of a WebSocket.',
  })
  accessToken!: string;

  @Field({
    description:
      'For `refreshSession`. It works once: a second use ends the session, because the token was probably stolen. The same client may repeat it within ten seconds, and at any time with the same `clientMutationId`.',
  })
  refreshToken!: string;

  @Field({ description: 'Expiry of the access token.' })
  expiresAt!: Date;

  @Field(() => Int, {
    description:
      'Remaining lifetime of the access token, in milliseconds. Unlike `expiresAt`, it suits clients with a wrong clock.',
  })
  expiresInMs!: number;

  @Field(() => User, { description: 'The account that is logged in.' })
  user!: User;
}
