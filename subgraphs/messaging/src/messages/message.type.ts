/** GraphQL types of messages. */
import { connectionType } from '@chat/kit/graphql/connection';
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { Directive, Field, ID, Int, ObjectType } from 'type-graphql';
import { Reaction } from './reaction.type';
import { User } from '../users/user.type';

@Directive('@key(fields: "id")')
@ObjectType({ simpleResolvers: true, description: 'A message in a channel.' })
export class Message {
  @Field(() => ID, { description: 'Opaque (UUIDv7).' })
  id!: string;

  @Field(() => Int, { description: 'Its number in the channel: 1, 2, 3, … without gaps, in the order of the history.' })
  seq!: number;

  @Field({ description: 'Markdown as it was sent; empty after deletion.' })
  body!: string;

  @Field(() => User, { nullable: true, description: 'The author; null if the account no longer exists.' })
  author!: User | null;

  @Field(() => Date, { description: 'When it was sent.' })
  createdAt!: Date;

  @Field(() => Date, { nullable: true, description: 'When it was last edited; null if never.' })
  editedAt!: Date | null;

  @Field(() => Date, {
    nullable: true,
    description: 'When it was deleted; null if it is not. Its position in the history stays.',
  })
  deletedAt!: Date | null;

  @Field(() => Int, { description: 'The number of replies, including deleted ones.' })
  replyCount!: number;

  @Directive(assumedSize(5))
  @Field(() => [User], { description: 'Mentioned accounts, in no particular order.' })
  mentions!: User[];

  @Directive(assumedSize(5))
  @Field(() => [Reaction], { description: 'Reactions, in the order of their first use.' })
  reactions!: Reaction[];

  @Field({ description: 'Whether it is pinned in its channel.' })
  pinned!: boolean;
}

@ObjectType({ simpleResolvers: true, description: 'An earlier version of a message.' })
export class MessageEdit {
  @Field({ description: 'Markdown before the edit.' })
  body!: string;

  @Field(() => Date, { description: 'When it was edited.' })
  editedAt!: Date;
}

@ObjectType({ description: 'Messages, oldest first.' })
export class MessageConnection extends connectionType('Message', () => Message) {}
