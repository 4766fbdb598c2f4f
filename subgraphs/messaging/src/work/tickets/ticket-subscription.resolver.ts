/** Subscription to a project's tickets. ticket.policy.ts authorizes at subscribe and after each change of access. */
import { ApiError, notFound } from '@chat/kit/errors';
import type { FeedItem } from '@chat/kit/events/event-feed';
import { resumable } from '@chat/kit/graphql/live-directives';
import { startingAt } from '@chat/kit/graphql/start-cursor';
import { Arg, Ctx, Directive, ID, Resolver, Root, Subscription, type SubscribeResolverData } from 'type-graphql';
import type { MessagingContext } from '../../context';
import type { TicketEntity } from './ticket.entity';
import { projectStream, type ProjectEvents } from './ticket.events';
import { Ticket } from './ticket.type';

interface TicketChangedArguments {
  projectId: string;
  after?: string | null;
}

@Resolver()
export class TicketSubscriptionResolver {
  @Directive(resumable('after', 'cursor'))
  @Subscription(() => Ticket, {
    description: `Tickets of a project as they are opened, changed or commented on, each in its state at delivery.
If events after \`after\` are no longer kept, an error with the code SUBSCRIPTION_INTERRUPTED comes first.`,
    subscribe: async ({ args, context }: SubscribeResolverData<unknown, TicketChangedArguments, MessagingContext>) => {
      const projectId = args.projectId.toLowerCase();
      const stream = projectStream.of(projectId);
      const feed = await context.feed.open(stream, projectStream.position(projectId, args.after));
      return startingAt(feed, context.feed.cursorOf(stream, feed.startSeq));
    },
  })
  async ticketChanged(
    @Root() item: FeedItem<ProjectEvents>,
    @Ctx() { loaders }: MessagingContext,
    @Arg('projectId', () => ID, { description: 'The project.' }) _projectId: string,
    @Arg('after', () => String, {
      nullable: true,
      description:
        'Event cursor: the `cursor` of the last event that the client has seen. If absent, the subscription starts with new events. BAD_USER_INPUT if it is not an event cursor of this stream.',
    })
    _after?: string | null,
  ): Promise<TicketEntity> {
    if (item.kind === 'gap')
      throw new ApiError('SUBSCRIPTION_INTERRUPTED', 'Earlier events are no longer kept. Read the tickets again.');
    const access = await loaders.ticket.accessTicket(item.row.payload.ticketId);
    if (!access) throw notFound('Ticket');
    return { ...access.ticket, eventSeq: item.row.seq };
  }
}
