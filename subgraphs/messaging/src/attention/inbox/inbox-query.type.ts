/** GraphQL types of the inbox as a client loads it. */
import { connectionType } from '@chat/kit/graphql/connection';
import { Field, ObjectType } from 'type-graphql';
import { Message } from '../../messages/message.type';

@ObjectType({
  simpleResolvers: true,
  description: 'A message that mentions the viewer by name, group, @channel or @here.',
})
class Mention {
  @Field(() => Message, { description: 'The message in its present state.' })
  message!: Message;

  @Field({ description: "Whether the message is after the viewer's read marker." })
  isUnread!: boolean;
}

@ObjectType({ description: 'Mentions of the viewer, newest message first.' })
export class MentionConnection extends connectionType('Mention', () => Mention) {}

@ObjectType({
  simpleResolvers: true,
  description: 'The inbox of the viewer at one moment. The `inbox` subscription tells of changes since.',
})
export class Inbox {
  @Field({
    description:
      'Event cursor, no later than the other fields of this object: pass it as `after` of the `inbox` subscription to receive all events since. Opaque. Not a list cursor.',
  })
  cursor!: string;
}
