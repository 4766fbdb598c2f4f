/** What resolvers, rules and loaders of this subgraph get with every request. */
import type { Viewer } from '@chat/kit/auth/viewer';
import { unauthenticated } from '@chat/kit/errors';
import type { EventFeed } from '@chat/kit/events/event-feed';
import type { SubgraphContext } from '@chat/kit/graphql/context';
import type { Runtime } from '@chat/kit/graphql/runtime';
import { ChannelLoader } from './channels/channel.loader';
import type { ChannelService } from './channels/channel.service';
import type { MemberService } from './channels/member.service';
import { messageEditsLoader, type MessageEditsLoader } from './messages/message-edits.loader';
import { MessageLoader } from './messages/message.loader';
import type { MessageService } from './messages/message.service';
import { ProjectLoader } from './projects/project.loader';
import type { ProjectService } from './projects/project.service';
import { TicketLoader } from './tickets/ticket.loader';
import type { TicketService } from './tickets/ticket.service';

export interface MessagingServices {
  channels: ChannelService;
  members: MemberService;
  messages: MessageService;
  projects: ProjectService;
  tickets: TicketService;
}

export interface MessagingLoaders {
  channel: ChannelLoader;
  message: MessageLoader;
  project: ProjectLoader;
  ticket: TicketLoader;
  edits: MessageEditsLoader;
}

export interface MessagingContext extends SubgraphContext {
  services: MessagingServices;
  loaders: MessagingLoaders;
  feed: EventFeed;
}

/** The viewer of a field whose policy asks for a login. */
export function viewerOf({ viewer }: Pick<MessagingContext, 'viewer'>): Viewer {
  if (!viewer) throw unauthenticated();
  return viewer;
}

/** For SchemaService: one context per request or event. */
export function contextFactory({ database, feed, log }: Runtime, services: MessagingServices) {
  return (viewer: Viewer | null): MessagingContext => {
    const em = database.fork();
    const channel = new ChannelLoader(() => em, viewer?.id ?? null);
    const message = new MessageLoader(() => em, channel);
    const project = new ProjectLoader(() => em, viewer);
    const ticket = new TicketLoader(() => em, project);
    const edits = messageEditsLoader(() => em);
    return { viewer, em, log, feed, services, loaders: { channel, message, edits, project, ticket } };
  };
}
