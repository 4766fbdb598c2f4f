/** Resolvers of activity. */
import { HOUSEKEEPING } from '@chat/kit/graphql/live-directives';
import { mapFeed } from '@chat/kit/events/map-feed';
import { viewerOf } from '@chat/kit/graphql/context';
import {
  Arg,
  Ctx,
  Directive,
  ID,
  Mutation,
  Resolver,
  Root,
  type SubscribeResolverData,
  Subscription,
} from 'type-graphql';
import { textOfAnswer } from '../../assistant/tokens/answer-text';
import { completeTokens } from '../../assistant/tokens/token-feed';
import type { MessagingContext } from '../../context';
import { ChannelActivity } from './activity.type';

type Subscribing = SubscribeResolverData<unknown, { channelId: string }, MessagingContext>;

@Resolver()
export class ActivityResolver {
  @Directive(HOUSEKEEPING)
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

  @Directive(HOUSEKEEPING)
  @Subscription(() => ChannelActivity, {
    description:
      'Live activity of a channel: typing, read markers and parts of answers. Not repeated. The first part of an answer that a subscription gets begins with all of the text before.',
    async subscribe({ args, context }: Subscribing) {
      const signals = await context.services.activity.open(args.channelId.toLowerCase());
      const complete = completeTokens(signals, (id) => textOfAnswer(context.em.fork(), id));
      return mapFeed(complete, (activity) =>
        activity.type === 'AssistantToken' ? activity : { ...activity, user: { id: activity.userId } },
      );
    },
  })
  channelActivity(
    @Root() activity: object,
    @Arg('channelId', () => ID, { description: 'The channel.' }) _channelId: string,
  ): object {
    return activity;
  }
}
