/** Movements and animations of the viewer. Writes to Redis only; a move reads no database unless it is refused. */
import { badUserInput, conflict } from '@chat/kit/errors';
import type { MoveResult } from '../occupants/seats';
import { normalized } from '../spatial/transform.input';
import type { MoveInput } from './pose.input';
import { quantizeVector, shortened } from './pose';
import type { RoomFrames } from './room-frames';

export interface Mover {
  userId: string;
  connection: string | undefined;
}

export class PoseService {
  constructor(private readonly frames: RoomFrames) {}

  /** @returns false if the account has no seat in the room. @throws CONFLICT, BAD_USER_INPUT */
  async move({ userId, connection }: Mover, input: MoveInput): Promise<boolean> {
    const { position, rotation, animation, expression } = input;
    const result = await this.frames.move({
      roomId: input.roomId.toLowerCase(),
      userId,
      connection,
      pose: {
        position: quantizeVector(position),
        rotation: rotation && shortened(normalized(rotation)),
        animation,
        expression,
      },
    });
    return isMoved(result);
  }

  /** Plays an animation or shows an expression in place. As {@link move}. */
  async express(
    { userId, connection }: Mover,
    roomId: string,
    shown: { animation?: string; expression?: string },
  ): Promise<boolean> {
    return isMoved(await this.frames.move({ roomId, userId, connection, pose: shown }));
  }
}

function isMoved(result: MoveResult): boolean {
  switch (result) {
    case 'OK':
      return true;
    case 'ABSENT':
      return false;
    case 'ELSEWHERE':
      throw conflict('You have joined this room from another connection. Join again to move from here.');
    case 'FAST':
      throw badUserInput({ position: 'The position is too far from the last one for the time between.' });
  }
}
