/** Resolvers of rooms. No SQL and no permission logic. */
import { pageArgumentDescriptions as page } from '@chat/kit/graphql/connection';
import { viewerOf } from '@chat/kit/graphql/context';
import { isId } from '@chat/kit/ids';
import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { RoomsContext } from '../context';
import { User } from '../users/user.type';
import type { RoomEntity } from './room.entity';
import { CreateRoomInput, UpdateRoomInput } from './room.input';
import { listRooms } from './room.list';
import { Channel, File, Room, RoomConnection } from './room.type';

/** The room after a change. */
async function changed({ loaders }: RoomsContext, id: string): Promise<RoomEntity> {
  loaders.room.clear(id);
  return (await loaders.room.requireRoom(id)).room;
}

@Resolver(() => Room)
export class RoomResolver {
  @Query(() => Room, { description: 'A room. NOT_FOUND if the viewer may not see it.' })
  async room(
    @Ctx() { loaders }: RoomsContext,
    @Arg('id', () => ID, { description: 'The room.' }) id: string,
  ): Promise<RoomEntity> {
    return (await loaders.room.requireRoom(id)).room;
  }

  @Query(() => RoomConnection, { description: 'The rooms that the viewer may see, sorted by name.' })
  async rooms(
    @Ctx() context: RoomsContext,
    @Arg('first', () => Int, { nullable: true, description: page.first }) first?: number | null,
    @Arg('after', () => String, { nullable: true, description: page.after }) after?: string | null,
    @Arg('last', () => Int, { nullable: true, description: page.last }) last?: number | null,
    @Arg('before', () => String, { nullable: true, description: page.before }) before?: string | null,
  ) {
    const viewer = viewerOf(context);
    const granted = await context.grants.ids(viewer, 'READ', 'Room');
    const isAdministrator = viewer.permissions.includes('MANAGE');
    return listRooms(context.em, { id: viewer.id, isAdministrator, granted }, { first, after, last, before });
  }

  @FieldResolver(() => User, { description: 'The account that created the room.' })
  createdBy(@Root() { createdBy }: RoomEntity): User {
    return { id: createdBy };
  }

  @FieldResolver(() => Channel, {
    nullable: true,
    description: 'The text channel of the room; null if it has none. The channel decides who reads it.',
  })
  channel(@Root() { channelId }: RoomEntity): Channel | null {
    return channelId === null ? null : { id: channelId };
  }

  @FieldResolver(() => File, {
    nullable: true,
    description: 'The glTF file of the environment; null for a built-in one.',
  })
  environmentFile(@Root() { environment }: RoomEntity): File | null {
    return isId(environment) ? { id: environment } : null;
  }

  @FieldResolver(() => String, {
    description:
      'Event cursor of the room, no later than the other fields of the same response: pass it as `after` of roomEvents to receive all events since. Opaque. Not a list cursor.',
  })
  cursor(@Root() { id }: RoomEntity, @Ctx() { loaders }: RoomsContext): Promise<string> {
    return loaders.roomCursor.load(id);
  }

  @Mutation(() => Room, { description: 'Creates a room. Requires WRITE.' })
  createRoom(
    @Ctx() context: RoomsContext,
    @Arg('input', () => CreateRoomInput, { description: 'The room to create.' }) input: CreateRoomInput,
  ): Promise<RoomEntity> {
    return context.services.rooms.createRoom(context.em, viewerOf(context).id, input);
  }

  @Mutation(() => Room, { description: 'Changes a room. Requires its creator or a moderator.' })
  async updateRoom(
    @Ctx() context: RoomsContext,
    @Arg('input', () => UpdateRoomInput, { description: 'The changes.' }) input: UpdateRoomInput,
  ): Promise<RoomEntity> {
    await context.services.rooms.updateRoom(context.em, input);
    return changed(context, input.id);
  }

  @Mutation(() => Room, {
    description: 'Locks or unlocks a room. While it is locked, only moderators may join; occupants stay.',
  })
  async lockRoom(
    @Ctx() context: RoomsContext,
    @Arg('roomId', () => ID, { description: 'The room.' }) roomId: string,
    @Arg('isLocked', () => Boolean, { defaultValue: true, description: 'False unlocks it.' }) isLocked: boolean,
  ): Promise<RoomEntity> {
    await context.services.rooms.lockRoom(context.em, roomId.toLowerCase(), isLocked);
    return changed(context, roomId);
  }

  @Mutation(() => Boolean, {
    description: 'Deletes a room with its objects. Its occupants leave, and subscriptions to it end.',
  })
  async deleteRoom(
    @Ctx() { em, loaders, services }: RoomsContext,
    @Arg('id', () => ID, { description: 'The room.' }) id: string,
  ): Promise<boolean> {
    await services.rooms.deleteRoom(em, id.toLowerCase());
    await services.occupancy.evictAll(id.toLowerCase());
    loaders.room.clear(id);
    return true;
  }
}
