/** The inbox: a live stream of everything that concerns one account. */
import type { MessagingFeature } from '../../feature';
import { inboxStream } from '../inbox.events';
import { inboxPolicy } from './inbox.policy';
import { InboxQueryResolver } from './inbox-query.resolver';
import { inboxResolvers } from './inbox.resolver';
import { InboxService } from './inbox.service';
import { ChannelLeft } from './inbox.type';

export const inboxFeature: MessagingFeature<{ services: { inbox: InboxService } }> = {
  name: 'inbox',
  resolvers: [InboxQueryResolver, ...inboxResolvers],
  types: [ChannelLeft],
  policy: inboxPolicy,
  streams: [inboxStream],
  services: ({ bell, feed }) => ({ inbox: new InboxService(feed, bell) }),
};
