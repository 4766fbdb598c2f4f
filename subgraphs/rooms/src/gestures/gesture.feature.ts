/** Gestures: recognition from hand landmarks by small models of our own. */
import { and, isLoggedIn, rule, withParent } from '@chat/kit/graphql/policy';
import { notFound } from '@chat/kit/errors';
import type { RoomsContext } from '../context';
import type { RoomsFeature } from '../feature';
import type { Seats } from '../occupants/seats';
import { GestureResolver } from './gesture.resolver';
import { GestureService } from './gesture.service';

const seesItsRoom = rule<RoomsContext, { input: { roomId?: string | null } }>(
  'sees the room, if there is one',
  async ({ loaders }, { input: { roomId } }) =>
    !roomId || (await loaders.room.accessRoom(roomId)) !== null || notFound('Room'),
);

export const gestureFeature: RoomsFeature<{
  services: { gestures: GestureService };
  needs: { seats: Seats };
}> = {
  name: 'gestures',
  resolvers: [GestureResolver],
  policy: {
    fields: {
      Mutation: { recognizeGesture: and(isLoggedIn, seesItsRoom) },
      RecognizedGesture: withParent('gesture', 'confidence', 'candidates'),
      GestureCandidate: withParent('gesture', 'confidence'),
    },
    references: {},
  },
  services: ({ eventLog, services: { seats } }) => ({ gestures: new GestureService(eventLog, seats) }),
};
