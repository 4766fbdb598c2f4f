/** Rules for rooms. A room that the viewer may not see is NOT_FOUND, the same as one that does not exist. */
import type { Viewer } from '@chat/kit/auth/viewer';
import { forbidden, notFound } from '@chat/kit/errors';
import { isLoggedIn, rule, withParent, type Policy } from '@chat/kit/graphql/policy';
import type { RoomsContext } from '../context';
import { canCreate, moderates, type RoomAccess } from './room.rules';

/** The arguments that can hold a room's id. */
type RoomArguments = {
  id?: string;
  roomId?: string;
  input?: { id?: string; roomId?: string | null };
};

const roomIdOf = ({ id, roomId, input }: RoomArguments): string => roomId ?? input?.roomId ?? id ?? input?.id ?? '';

/** A rule about the room in the arguments or the reference. NOT_FOUND comes first; `check` returns true or the reason for a refusal. */
export const roomRule = (name: string, check: (access: RoomAccess, viewer: Viewer | null) => true | string) =>
  rule<RoomsContext, RoomArguments, RoomArguments | undefined>(name, async (context, args, parent) => {
    if (!context.viewer) return false;
    const access = await context.loaders.room.accessRoom(roomIdOf(args) || roomIdOf(parent ?? {}));
    if (!access) return notFound('Room');
    const verdict = check(access, context.viewer);
    return verdict === true || forbidden(verdict);
  });

export const seesRoom = roomRule('sees the room', () => true);
export const moderatesRoom = roomRule('moderates the room', moderates);

const createsRooms = rule<RoomsContext>('may create rooms', ({ viewer }) => canCreate(viewer));

export const roomPolicy: Policy = {
  fields: {
    Query: { room: seesRoom, rooms: isLoggedIn },
    Mutation: {
      createRoom: createsRooms,
      updateRoom: moderatesRoom,
      lockRoom: moderatesRoom,
      deleteRoom: moderatesRoom,
    },
    Room: withParent(
      'id',
      'name',
      'capacity',
      'environment',
      'environmentFile',
      'spawn',
      'isPrivate',
      'isPersistent',
      'isLocked',
      'hasLobby',
      'openToGuests',
      'channel',
      'createdBy',
      'createdAt',
      'occupantCount',
      'occupants',
      'lobby',
      'objects',
      'cursor',
    ),
    Vector3: withParent('x', 'y', 'z'),
    Quaternion: withParent('x', 'y', 'z', 'w'),
    Transform: withParent('position', 'rotation', 'scale'),
  },
  references: { Room: seesRoom },
};
