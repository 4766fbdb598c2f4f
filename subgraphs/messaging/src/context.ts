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

export interface MessagingServices {
  channels: ChannelService;
  members: MemberService;
  messages: MessageService;
}

export interface MessagingLoaders {
  channel: ChannelLoader;
  message: MessageLoader;
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
    return { viewer, em, log, feed, services, loaders: { channel, message, edits: messageEditsLoader(() => em) } };
  };
}
