/** Sessions as their owner sees them, and what a login gives. */
import { Field, ID, ObjectType } from 'type-graphql';
import { User } from '../users/user.type';

@ObjectType({ description: 'A login on one device.' })
export class Session {
  @Field(() => ID, { description: 'For `revokeSession`.' })
  id!: string;

  @Field({ description: 'When the login was.' })
  createdAt!: Date;

  @Field({ description: 'When it was opened or last refreshed.' })
  lastSeenAt!: Date;

  @Field({ description: 'When it ends unless it is refreshed before.' })
  expiresAt!: Date;

  @Field(() => String, { nullable: true, description: 'The `User-Agent` of the client that logged in.' })
  userAgent!: string | null;

  @Field(() => String, { nullable: true, description: 'The network address of the client that used it last.' })
  address!: string | null;

  @Field({ description: 'Whether this request came with it.' })
  current!: boolean;
}

@ObjectType({ description: 'What a login gives: a token for requests, and one for the next token.' })
export class Authentication {
  @Field({ description: 'Send it as `Authorization: Bearer …`, on a WebSocket as `authorization` of connection_init.' })
  accessToken!: string;

  @Field({
    description:
      'For `refreshSession`, once. Using it a second time ends the session, as then somebody else has it too.',
  })
  refreshToken!: string;

  @Field({ description: 'When the access token ends.' })
  expiresAt!: Date;

  @Field(() => User, { description: 'Who is logged in now.' })
  user!: User;
}
