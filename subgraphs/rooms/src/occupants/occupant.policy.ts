/** Access to occupancy. Occupants are visible with their room; its moderators remove and mute them. */
import { isLoggedIn, withParent, type Policy } from '@chat/kit/graphql/policy';
import { moderatesRoom, roomRule, seesRoom } from '../rooms/room.policy';
import { canJoin } from '../rooms/room.rules';

const joinsRoom = roomRule('may join the room', canJoin);

export const occupantPolicy: Policy = {
  fields: {
    Mutation: {
      joinRoom: joinsRoom,
      leaveRoom: isLoggedIn,
      kickOccupant: moderatesRoom,
      muteOccupant: moderatesRoom,
      askToJoin: seesRoom,
      admitOccupant: moderatesRoom,
    },
    Occupant: withParent('user', 'avatar', 'slot', 'joinedAt', 'isMuted', 'pose'),
    LobbyEntry: withParent('user', 'askedAt'),
    RoomJoin: withParent('room', 'epoch', 'slot', 'pose', 'iceServers'),
  },
  references: {},
};
