/** Fields of room events that load accounts, avatars, objects and rooms. Event rows hold ids only. */
import { notFound } from '@chat/kit/errors';
import { Ctx, FieldResolver, Resolver, Root, type ClassType } from 'type-graphql';
import { Avatar } from '../avatars/avatar.type';
import type { RoomsContext } from '../context';
import type { ObjectEntity } from '../objects/object.entity';
import { RoomObject } from '../objects/object.type';
import { Room } from '../rooms/room.type';
import { User } from '../users/user.type';
import {
  GesturePerformed,
  InteractionHappened,
  ObjectChanged,
  OccupantJoined,
  RoomUpdated,
  type RoomEventSource,
} from './room-event.type';

function actorResolver(type: ClassType) {
  @Resolver(() => type)
  class ActorResolver {
    @FieldResolver(() => User, { description: 'The account.' })
    user(@Root() { userId }: { userId: string }): User {
      return { id: userId };
    }
  }
  return ActorResolver;
}

function objectEventResolver(type: ClassType) {
  @Resolver(() => type)
  class ObjectEventResolver {
    @FieldResolver(() => RoomObject, { description: 'The object in its present state.' })
    async object(@Ctx() { loaders }: RoomsContext, @Root() { objectId }: { objectId: string }): Promise<ObjectEntity> {
      const object = await loaders.object.objectOf(objectId);
      if (!object) throw notFound('Object');
      return object;
    }
  }
  return ObjectEventResolver;
}

@Resolver(() => OccupantJoined)
class OccupantJoinedResolver {
  @FieldResolver(() => Avatar, { nullable: true, description: 'The avatar; null if it was deleted meanwhile.' })
  avatar(@Ctx() { loaders }: RoomsContext, @Root() { avatarId = null }: RoomEventSource) {
    return loaders.avatars.shown(avatarId);
  }
}

@Resolver(() => RoomUpdated)
class RoomUpdatedResolver {
  @FieldResolver(() => Room, { description: 'The room in its present state.' })
  room(@Ctx() { loaders }: RoomsContext, @Root() event: RoomEventSource) {
    return loaders.room.roomOf(event);
  }
}

export const roomEventResolvers = [
  ...[OccupantJoined, GesturePerformed, InteractionHappened].map(actorResolver),
  ...[ObjectChanged, InteractionHappened].map(objectEventResolver),
  OccupantJoinedResolver,
  RoomUpdatedResolver,
];
