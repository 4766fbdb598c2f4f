/** The live stream of a room: its events, and their removal after the retention period. */
import { daysAgo } from '@chat/kit/days-ago';
import { withParent } from '@chat/kit/graphql/policy';
import type { RoomsFeature } from '../feature';
import { seesRoom } from '../rooms/room.policy';
import { roomEventResolvers } from './room-event.resolver';
import { LobbyChanged, ObjectRemoved, OccupantLeft, OccupantMuted, RoomHistoryGap } from './room-event.type';
import { RoomSubscriptionResolver } from './room-subscription.resolver';

export const liveFeature: RoomsFeature = {
  name: 'live',
  removeExpired: async ({ config, eventLog, fork }) => {
    const streams = await fork().execute<{ stream: string; seq: string }[]>(
      'select stream, max(seq) as seq from rooms.event where created_at < ? group by stream',
      [daysAgo(config.EVENT_RETENTION_DAYS)],
    );
    for (const { stream, seq } of streams) await eventLog.forgetUntil(fork(), stream, Number(seq));
  },
  resolvers: [RoomSubscriptionResolver, ...roomEventResolvers],
  types: [OccupantLeft, OccupantMuted, ObjectRemoved, LobbyChanged, RoomHistoryGap],
  policy: {
    fields: {
      Subscription: { roomEvents: seesRoom },
      OccupantJoined: withParent('cursor', 'user', 'avatar'),
      OccupantLeft: withParent('cursor', 'userId'),
      OccupantMuted: withParent('cursor', 'userId', 'isMuted'),
      ObjectChanged: withParent('cursor', 'object'),
      ObjectRemoved: withParent('cursor', 'objectId'),
      GesturePerformed: withParent('cursor', 'user', 'gesture', 'confidence'),
      InteractionHappened: withParent('cursor', 'user', 'object', 'action'),
      LobbyChanged: withParent('cursor', 'userId'),
      RoomUpdated: withParent('cursor', 'room'),
      RoomHistoryGap: withParent('cursor', 'reason'),
    },
    references: {},
  },
};
