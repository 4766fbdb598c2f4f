/** Read markers: how far an account has read, and how much is unread. */
import type { MessagingFeature } from '../../feature';
import type { ActivityBell } from '../activity/activity-bell';
import { messageAtLoader, type MessageAtLoader } from './message-at.loader';
import { readMarkerPolicy } from './read-marker.policy';
import { MemberReadMarkerResolver, ReadMarkerResolver } from './read-marker.resolver';
import { ReadMarkerService } from './read-marker.service';
import { unreadLoader, type UnreadLoader } from './unread.loader';

export const readMarkerFeature: MessagingFeature<{
  needs: { activity: ActivityBell };
  services: { readMarkers: ReadMarkerService };
  loaders: { messageAt: MessageAtLoader; unread: UnreadLoader };
}> = {
  name: 'read-markers',
  resolvers: [ReadMarkerResolver, MemberReadMarkerResolver],
  policy: readMarkerPolicy,
  services: ({ eventLog, services: { activity } }) => ({ readMarkers: new ReadMarkerService(eventLog, activity) }),
  loaders: ({ em }) => ({ messageAt: messageAtLoader(em), unread: unreadLoader(em) }),
};
