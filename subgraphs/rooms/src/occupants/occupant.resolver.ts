/** Resolvers of occupants, joins and moderation. No SQL and no permission logic. */
import { badUserInput } from '@chat/kit/errors';
import { viewerOf } from '@chat/kit/graphql/context';
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { isId } from '@chat/kit/ids';
import { Arg, Ctx, Directive, FieldResolver, ID, Int, Mutation, Resolver, Root } from 'type-graphql';
import { Avatar } from '../avatars/avatar.type';
import type { RoomsContext } from '../context';
import { toShownPose } from '../poses/pose';
import type { RoomEntity } from '../rooms/room.entity';
import { Room } from '../rooms/room.type';
import { User } from '../users/user.type';
import type { Waiting } from './lobby.service';
import { LobbyEntry, Occupant, RoomJoin } from './occupant.type';
import type { Seat } from './seats';

/** The longest sanction, in minutes. */
const MAX_MINUTES = 7 * 24 * 60;

@Resolver(() => Room)
export class RoomOccupantsResolver {
  @FieldResolver(() => Int, { description: 'Number of occupants at present.' })
  occupantCount(@Root() { id }: RoomEntity, @Ctx() { loaders }: RoomsContext): Promise<number> {
    return loaders.occupantCount.load(id);
  }

  @Directive(assumedSize(50))
  @FieldResolver(() => [Occupant], { description: 'The occupants at present, in the order of their slots.' })
  async occupants(@Root() { id }: RoomEntity, @Ctx() { services }: RoomsContext) {
    const seats = await services.seats.seatsOf(id);
    return seats.map((seat) => ({ ...seat, pose: toShownPose(seat.userId, seat.pose) }));
  }

  @Directive(assumedSize(20))
  @FieldResolver(() => [LobbyEntry], { description: 'Accounts that wait in the lobby: the first 100.' })
  lobby(@Root() { id }: RoomEntity, @Ctx() { em, services }: RoomsContext): Promise<Waiting[]> {
    return services.lobby.waiting(em, id);
  }
}

@Resolver(() => LobbyEntry)
export class LobbyEntryResolver {
  @FieldResolver(() => User, { description: 'The account.' })
  user(@Root() { userId }: Waiting): User {
    return { id: userId };
  }
}

@Resolver(() => Occupant)
export class OccupantResolver {
  @FieldResolver(() => User, { description: 'The account.' })
  user(@Root() { userId }: Seat): User {
    return { id: userId };
  }

  @FieldResolver(() => Avatar, { nullable: true, description: 'The avatar; null if it was deleted meanwhile.' })
  avatar(@Root() { avatarId }: Seat, @Ctx() { loaders }: RoomsContext) {
    return loaders.avatars.shown(avatarId);
  }

  @Mutation(() => RoomJoin, {
    description:
      'Takes a seat in a room; an earlier seat of the account is replaced. The seat lasts as long as the connection that joins or follows roomFrames, or 30 seconds after the last move without one. CONFLICT if the room is full.',
  })
  async joinRoom(
    @Ctx() context: RoomsContext,
    @Arg('roomId', () => ID, { description: 'The room.' }) roomId: string,
    @Arg('avatarId', () => ID, {
      nullable: true,
      description: "One of the viewer's avatars; the active one by default.",
    })
    avatarId?: string | null,
    @Arg('showsMood', () => Boolean, {
      defaultValue: false,
      description:
        'Whether the avatar shows the expression for each message that the viewer sends in any channel, until it leaves or a day has passed without one. Everybody in the room sees it.',
    })
    showsMood = false,
  ) {
    const { em, loaders, services } = context;
    const viewer = viewerOf(context);
    const access = await loaders.room.requireRoom(roomId);
    const avatar = await services.avatars.avatarToWear(em, viewer.id, avatarId);
    const options = { viewer, avatarId: avatar, connection: context.connection };
    const { epoch, slot, pose } = await services.occupancy.joinRoom(em, access, options);
    await services.moods.follow(viewer.id, access.room.id, showsMood);
    return {
      room: access.room,
      epoch,
      slot,
      pose: toShownPose(viewer.id, pose),
      iceServers: services.iceServers.serversFor(viewer.id),
    };
  }

  @Mutation(() => Boolean, { description: "Gives the viewer's seat back. Also true if the viewer had none." })
  async leaveRoom(
    @Ctx() context: RoomsContext,
    @Arg('roomId', () => ID, { description: 'The room.' }) roomId: string,
  ): Promise<boolean> {
    await context.services.occupancy.leaveRoom(roomId.toLowerCase(), viewerOf(context).id);
    return true;
  }

  @Mutation(() => Boolean, {
    description: 'Removes an account from the room and keeps it out for a while. Requires a moderator.',
  })
  async kickOccupant(
    @Ctx() { em, services }: RoomsContext,
    @Arg('roomId', () => ID, { description: 'The room.' }) roomId: string,
    @Arg('userId', () => ID, { description: 'The account.' }) userId: string,
    @Arg('minutes', () => Int, { defaultValue: 5, description: `Duration in minutes: 0 to ${MAX_MINUTES}.` })
    minutes: number,
  ): Promise<boolean> {
    await services.occupancy.kickOccupant(em, roomId.toLowerCase(), account(userId), duration(minutes));
    return true;
  }

  @Mutation(() => Boolean, {
    description: 'Mutes the voice of an account in the room. Zero minutes end the mute. Requires a moderator.',
  })
  async muteOccupant(
    @Ctx() { em, services }: RoomsContext,
    @Arg('roomId', () => ID, { description: 'The room.' }) roomId: string,
    @Arg('userId', () => ID, { description: 'The account.' }) userId: string,
    @Arg('minutes', () => Int, { defaultValue: 60, description: `Duration in minutes: 0 to ${MAX_MINUTES}.` })
    minutes: number,
  ): Promise<boolean> {
    await services.occupancy.muteOccupant(em, roomId.toLowerCase(), account(userId), duration(minutes));
    return true;
  }

  @Mutation(() => Boolean, { description: 'Asks to be let in to a room with a lobby. May be repeated.' })
  async askToJoin(
    @Ctx() context: RoomsContext,
    @Arg('roomId', () => ID, { description: 'The room.' }) roomId: string,
  ): Promise<boolean> {
    await context.services.lobby.askToJoin(context.em, roomId.toLowerCase(), viewerOf(context).id);
    return true;
  }

  @Mutation(() => Boolean, { description: 'Lets an account in from the lobby. Requires a moderator.' })
  async admitOccupant(
    @Ctx() { em, services }: RoomsContext,
    @Arg('roomId', () => ID, { description: 'The room.' }) roomId: string,
    @Arg('userId', () => ID, { description: 'The account.' }) userId: string,
  ): Promise<boolean> {
    await services.lobby.admitOccupant(em, roomId.toLowerCase(), account(userId));
    return true;
  }
}

function account(userId: string): string {
  if (!isId(userId)) throw badUserInput({ userId: 'userId must be the id of an account.' });
  return userId.toLowerCase();
}

function duration(minutes: number): number {
  if (minutes < 0 || minutes > MAX_MINUTES)
    throw badUserInput({ minutes: `minutes must be between 0 and ${MAX_MINUTES}.` });
  return minutes;
}
