/** Resolvers of activity. */
import { mapFeed } from '@chat/kit/events/map-feed';
import { viewerOf } from '@chat/kit/graphql/context';
import { Arg, Ctx, ID, Mutation, Resolver, Root, Subscription, type SubscribeResolverData } from 'type-graphql';
import type { MessagingContext } from '../../context';
import { ChannelActivity } from './activity.type';

type Subscribing = SubscribeResolverData<unknown, { channelId: string }, MessagingContext>;

@Resolver()
export class ActivityResolver {
  @Mutation(() => Boolean, {
    description:
      'Shows followers of the channel that the viewer is typing. Requires membership. Repeat it every few seconds.',
  })
  setTyping(
    @Ctx() context: MessagingContext,
    @Arg('channelId', () => ID, { description: 'The channel.' }) channelId: string,
  ): boolean {
    const { id: userId } = viewerOf(context);
    context.services.activity.ring(channelId.toLowerCase(), { type: 'TypingStarted', userId });
    return true;
  }

  @Subscription(() => ChannelActivity, {
    description: 'Live activity of a channel: typing and read markers. Not stored and not repeated.',
    subscribe: async ({ args, context }: Subscribing) =>
      mapFeed(await context.services.activity.open(args.channelId.toLowerCase()), (activity) => ({
        ...activity,
        user: { id: activity.userId },
      })),
  })
  channelActivity(
    @Root() activity: object,
    @Arg('channelId', () => ID, { description: 'The channel.' }) _channelId: string,
  ): object {
    return activity;
  }
}
