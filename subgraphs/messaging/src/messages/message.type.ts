/** Messages as clients see them. */
import { connectionType } from '@chat/kit/graphql/connection';
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { Directive, Field, ID, Int, ObjectType } from 'type-graphql';
import { File } from './attachments/file.type';
import { Reaction } from './reaction.type';
import { User } from '../users/user.type';

@Directive('@key(fields: "id")')
@ObjectType({ simpleResolvers: true, description: 'What somebody wrote into a channel.' })
export class Message {
  @Field(() => ID, { description: 'Opaque (UUIDv7).' })
  id!: string;

  @Field(() => Int, { description: 'Its number in the channel: 1, 2, 3, … without gaps, in the order of the history.' })
  seq!: number;

  @Field({ description: 'Markdown as it was written; empty once the message is deleted.' })
  body!: string;

  @Field(() => User, { nullable: true, description: 'Who wrote it; null where the account no longer exists.' })
  author!: User | null;

  @Field(() => Date, { description: 'When it was sent.' })
  createdAt!: Date;

  @Field(() => Date, { nullable: true, description: 'When it was last changed; null where it is as it was sent.' })
  editedAt!: Date | null;

  @Field(() => Date, {
    nullable: true,
    description: 'When it was deleted; null while it is there. Its place in the history stays.',
  })
  deletedAt!: Date | null;

  @Field(() => Int, { description: 'How many replies it has, deleted ones included.' })
  replyCount!: number;

  @Directive(assumedSize(5))
  @Field(() => [User], { description: 'Accounts that it names, in no particular order.' })
  mentions!: User[];

  @Directive(assumedSize(5))
  @Field(() => [Reaction], { description: 'Emoji that were put below it, in the order in which they first came.' })
  reactions!: Reaction[];

  @Directive(assumedSize(5))
  @Field(() => [File], { description: 'Files that go along with it.' })
  attachments!: File[];

  @Field({ description: 'Whether it is pinned in its channel.' })
  pinned!: boolean;
}

@ObjectType({ simpleResolvers: true, description: 'What a message said before it was changed.' })
export class MessageEdit {
  @Field({ description: 'Markdown as it was before the change.' })
  body!: string;

  @Field(() => Date, { description: 'When it was changed.' })
  editedAt!: Date;
}

@ObjectType({ description: 'Messages, oldest first.' })
export class MessageConnection extends connectionType('Message', () => Message) {}
