/** Replies to a message. */
import { pageArgumentDescriptions } from '@chat/kit/graphql/connection';
import { Arg, Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import type { MessagingContext } from '../context';
import type { MessageEntity } from '../messages/message.entity';
import { listReplies } from '../messages/message.history';
import { Message, MessageConnection } from '../messages/message.type';

@Resolver(() => Message)
export class ThreadResolver {
  @FieldResolver(() => MessageConnection, { description: 'Its replies, oldest first.' })
  replies(
    @Ctx() { em }: MessagingContext,
    @Root() { id }: MessageEntity,
    @Arg('first', () => Int, { nullable: true, description: pageArgumentDescriptions.first }) first?: number,
    @Arg('after', () => String, { nullable: true, description: pageArgumentDescriptions.after }) after?: string,
    @Arg('last', () => Int, { nullable: true, description: pageArgumentDescriptions.last }) last?: number,
    @Arg('before', () => String, { nullable: true, description: pageArgumentDescriptions.before }) before?: string,
  ) {
    return listReplies(em, id, { first, after, last, before });
  }
}
