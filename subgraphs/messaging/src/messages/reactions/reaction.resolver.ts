/** GraphQL resolvers for reactions. */
import { textArgument } from '@chat/kit/graphql/text';
import { pageArgumentDescriptions } from '@chat/kit/graphql/connection';
import { VIEWER_DEPENDENT } from '@chat/kit/graphql/live-directives';
import { Arg, Ctx, Directive, FieldResolver, ID, Int, Mutation, Resolver, Root } from 'type-graphql';
import type { MessagingContext } from '../../context';
import { accessMessage, changedMessage } from '../message.access';
import type { ReactionEntity } from '../message.entity';
import { Message } from '../message.type';
import { MAX_REACTIONS } from './reaction.service';
import { Reaction, ReactorConnection } from '../reaction.type';

@Resolver(() => Reaction)
export class ReactionResolver {
  @Directive(VIEWER_DEPENDENT)
  @FieldResolver(() => Boolean, { description: 'Whether the viewer reacted with this emoji.' })
  async viewerReacted(
    @Ctx() { loaders }: MessagingContext,
    @Root() { messageId, emoji }: ReactionEntity,
  ): Promise<boolean> {
    return (await loaders.ownReactions.load(messageId)).has(emoji);
  }

  @FieldResolver(() => ReactorConnection, {
    description: 'The accounts that reacted with this emoji, in the order of their reactions.',
  })
  reactors(
    @Ctx() { loaders }: MessagingContext,
    @Root() reaction: ReactionEntity,
    @Arg('first', () => Int, { nullable: true, description: pageArgumentDescriptions.first }) first?: number,
    @Arg('after', () => String, { nullable: true, description: pageArgumentDescriptions.after }) after?: string,
    @Arg('last', () => Int, { nullable: true, description: pageArgumentDescriptions.last }) last?: number,
    @Arg('before', () => String, { nullable: true, description: pageArgumentDescriptions.before }) before?: string,
  ) {
    return loaders.reactors.reactors(reaction, { first, after, last, before });
  }

  @Mutation(() => Message, {
    description: `Adds a reaction to a message; for members. A message has at most ${MAX_REACTIONS} different emoji.`,
  })
  async addReaction(
    @Ctx() context: MessagingContext,
    @Arg('messageId', () => ID, { description: 'The message.' }) messageId: string,
    @Arg('emoji', () => String, {
      validateFn: textArgument('emoji', { min: 0, max: 100 }),
      description: 'Exactly one emoji.',
    })
    emoji: string,
  ) {
    const found = await accessMessage(context, messageId);
    await context.services.reactions.addReaction(context.em, found, emoji);
    return changedMessage(context, found);
  }

  @Mutation(() => Message, { description: "Removes the viewer's reaction from a message." })
  async removeReaction(
    @Ctx() context: MessagingContext,
    @Arg('messageId', () => ID, { description: 'The message.' }) messageId: string,
    @Arg('emoji', () => String, {
      validateFn: textArgument('emoji', { min: 0, max: 100 }),
      description: 'Exactly one emoji.',
    })
    emoji: string,
  ) {
    const found = await accessMessage(context, messageId);
    await context.services.reactions.removeReaction(context.em, found, emoji);
    return changedMessage(context, found);
  }
}
