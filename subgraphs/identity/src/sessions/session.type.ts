/** Sessions as their owner sees them. */
import { Field, ID, ObjectType } from 'type-graphql';

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
