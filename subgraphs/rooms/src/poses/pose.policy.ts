/** Access to poses. A move is allowed by the seat in Redis alone, so that it reads no database; see seats.ts. */
import { isLoggedIn, withParent, type Policy } from '@chat/kit/graphql/policy';
import { seesRoom } from '../rooms/room.policy';

export const posePolicy: Policy = {
  fields: {
    Mutation: { move: isLoggedIn, playAnimation: seesRoom },
    Subscription: { roomFrames: seesRoom },
    Pose: withParent('position', 'rotation', 'animation', 'expression'),
    FramePose: withParent('userId', 'position', 'rotation', 'animation', 'expression'),
    SlotName: withParent('slot', 'userId'),
    RoomFrame: withParent('tick', 'at', 'atMs', 'isFull', 'poses', 'packed', 'joined', 'left'),
  },
  references: {},
};
