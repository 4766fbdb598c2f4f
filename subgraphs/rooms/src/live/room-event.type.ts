/** Room events in the graph. Each event's GraphQL type has the name of its event type. */
import { Field, Float, ID, InterfaceType, ObjectType } from 'type-graphql';
import type { RoomEvents } from '../rooms/room.events';

/** The place of an event. */
export interface EventPlace {
  roomId: string;
  cursor: string;
}

/** The source of an event object: the event's type, its place, and its payload. */
export interface RoomEventSource extends EventPlace {
  type: keyof RoomEvents | 'RoomHistoryGap';
  userId?: string;
  avatarId?: string | null;
  objectId?: string;
  reason?: string;
}

@InterfaceType({ description: 'An event of a room.', resolveType: ({ type }: RoomEventSource) => type })
export abstract class RoomEvent {
  @Field({
    description: 'Event cursor of the room: pass it as `after` of roomEvents to resume after this event. Opaque.',
  })
  cursor!: string;
}

const describedAs = (description: string) => ({ implements: RoomEvent, simpleResolvers: true as const, description });

@ObjectType(describedAs('An account has joined, or has joined again.'))
export class OccupantJoined extends RoomEvent {}

@ObjectType(describedAs('An account has left, was removed, or its client has vanished.'))
export class OccupantLeft extends RoomEvent {
  @Field(() => ID, { description: 'The account.' })
  userId!: string;
}

@ObjectType(describedAs('A moderator muted the voice of an account, or ended a mute.'))
export class OccupantMuted extends RoomEvent {
  @Field(() => ID, { description: 'The account.' })
  userId!: string;

  @Field({ description: 'Whether the voice is muted.' })
  isMuted!: boolean;
}

@ObjectType(describedAs('An object was placed or changed.'))
export class ObjectChanged extends RoomEvent {}

@ObjectType(describedAs('An object was removed.'))
export class ObjectRemoved extends RoomEvent {
  @Field(() => ID, { description: 'The object.' })
  objectId!: string;
}

@ObjectType(describedAs('An occupant made a gesture.'))
export class GesturePerformed extends RoomEvent {
  @Field({ description: 'The name of the gesture.' })
  gesture!: string;

  @Field(() => Float, { description: 'The confidence of the recognition, 0 to 1.' })
  confidence!: number;
}

@ObjectType(describedAs('An occupant used an object.'))
export class InteractionHappened extends RoomEvent {
  @Field({ description: 'The action.' })
  action!: string;
}

@ObjectType(describedAs('An account asked to join, or was let in. Read the lobby again.'))
export class LobbyChanged extends RoomEvent {
  @Field(() => ID, { description: 'The account.' })
  userId!: string;
}

@ObjectType(describedAs("The room's settings changed."))
export class RoomUpdated extends RoomEvent {}

@ObjectType(describedAs('Events before this cursor are no longer kept. Read the room again, then continue from here.'))
export class RoomHistoryGap extends RoomEvent {
  @Field({ description: 'The reason, as text.' })
  reason!: string;
}
