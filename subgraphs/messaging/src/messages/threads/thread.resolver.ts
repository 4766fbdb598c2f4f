/** GraphQL resolvers for threads. */
import { pageArgumentDescriptions } from '@chat/kit/graphql/connection';
import { Arg, Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import type { MessagingContext } from '../../context';
import type { MessageEntity } from '../message.entity';
import { Message, MessageConnection } from '../message.type';

@Resolver(() => Message)
export class ThreadResolver {
  @FieldResolver(() => MessageConnection, { description: 'Replies, oldest first.' })
  replies(
    @Ctx() { loaders }: MessagingContext,
    @Root() { id }: MessageEntity,
    @Arg('first', () => Int, { nullable: true, description: pageArgumentDescriptions.first }) first?: number,
    @Arg('after', () => String, { nullable: true, description: pageArgumentDescriptions.after }) after?: string,
    @Arg('last', () => Int, { nullable: true, description: pageArgumentDescriptions.last }) last?: number,
    @Arg('before', () => String, { nullable: true, description: pageArgumentDescriptions.before }) before?: string,
  ) {
    return loaders.history.replies(id, { first, after, last, before });
  }
}
