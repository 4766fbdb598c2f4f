/** GraphQL resolvers for threads. */
import { pageArgumentDescriptions } from '@chat/kit/graphql/connection';
import { Arg, Ctx, FieldResolver, ID, Int, Resolver, Root } from 'type-graphql';
import type { MessagingContext } from '../../context';
import type { MessageEntity } from '../message.entity';
import { Message, MessageConnection } from '../message.type';
import { AROUND } from '../page-around';

@Resolver(() => Message)
export class ThreadResolver {
  @FieldResolver(() => MessageConnection, { description: 'Replies, oldest first.' })
  replies(
    @Ctx() { loaders }: MessagingContext,
    @Root() message: MessageEntity,
    @Arg('first', () => Int, { nullable: true, description: pageArgumentDescriptions.first }) first?: number,
    @Arg('after', () => String, { nullable: true, description: pageArgumentDescriptions.after }) after?: string,
    @Arg('last', () => Int, { nullable: true, description: pageArgumentDescriptions.last }) last?: number,
    @Arg('before', () => String, { nullable: true, description: pageArgumentDescriptions.before }) before?: string,
    @Arg('around', () => ID, { nullable: true, description: AROUND }) around?: string,
  ) {
    return loaders.history.replies(message, { first, after, last, before, around });
  }
}
