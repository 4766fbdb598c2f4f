/** The events of a room. Payloads hold ids and small facts; subscribers load the rest as it is at delivery. */
import { defineStream, payload, type EventsOf } from '@chat/kit/events/stream-kind';

export const roomStream = defineStream('room', {
  OccupantJoined: payload<{ userId: string; avatarId: string | null }>(),
  OccupantLeft: payload<{ userId: string }>(),
  OccupantMuted: payload<{ userId: string; isMuted: boolean }>(),
  ObjectChanged: payload<{ objectId: string }>(),
  ObjectRemoved: payload<{ objectId: string }>(),
  GesturePerformed: payload<{ userId: string; gesture: string; confidence: number }>(),
  InteractionHappened: payload<{ userId: string; objectId: string; action: string }>(),
  LobbyChanged: payload<{ userId: string }>(),
  RoomUpdated: payload<Record<string, never>>(),
});

export type RoomEvents = EventsOf<typeof roomStream>;
