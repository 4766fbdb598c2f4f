/** Sessions in the graph. Stands beside User, which lists them, so that users/ does not import sessions/. */
import { VIEWER_DEPENDENT } from '@chat/kit/graphql/live-directives';
import { Directive, Field, ID, ObjectType } from 'type-graphql';

@ObjectType({ description: 'A login on one device.' })
export class Session {
  @Field(() => ID, { description: 'For `revokeSession`.' })
  id!: string;

  @Field({ description: 'Time of the login.' })
  createdAt!: Date;

  @Field({ description: 'Time of the login or the last refresh.' })
  lastSeenAt!: Date;

  @Field({ description: 'Time at which it ends unless it is refreshed.' })
  expiresAt!: Date;

  @Field(() => String, { nullable: true, description: 'The `User-Agent` of the client.' })
  userAgent!: string | null;

  @Field(() => String, { nullable: true, description: 'The network address of the last login or refresh.' })
  address!: string | null;

  @Directive(VIEWER_DEPENDENT)
  @Field({ description: 'Whether this request belongs to it.' })
  current!: boolean;
}
