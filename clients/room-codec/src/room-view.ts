/** The occupants of a room and their poses, kept up to date from the packed frames of `roomFrames`. No network. */
import { unpackFrame } from './frame';
import { animationAt, expressionAt, UNLISTED } from './names';
import type { Rotation } from './rotation';

/** The selection that a view needs: `{ packed joined { slot userId } left }`. */
export interface FramePart {
  packed: string;
  joined: readonly { slot: number; userId: string }[];
  left: readonly string[];
}

export interface ViewedPose {
  userId: string;
  position: { x: number; y: number; z: number };
  rotation: Rotation;
  /** Undefined if the name is outside the catalogue. */
  animation: string | null | undefined;
  expression: string | null | undefined;
}

/** Until the names arrive, which is in the first frame that has the occupant. */
const NAMELESS = { animation: null, expression: null };

export class RoomView {
  /** By account. */
  readonly poses = new Map<string, ViewedPose>();
  private readonly userIds = new Map<number, string>();
  tick = 0;

  /**
   * Applies one frame. Rows of unknown slots are skipped: they belong to a state that a full frame has replaced.
   * @returns the accounts with a new animation outside the catalogue; its name is in the occupant's pose in the graph
   */
  apply({ packed, joined, left }: FramePart): string[] {
    const { tick, isFull, poses, names } = unpackFrame(
      Uint8Array.from(atob(packed), (character) => character.charCodeAt(0)),
    );
    if (isFull) {
      this.poses.clear();
      this.userIds.clear();
    }
    this.tick = tick;
    for (const userId of left) this.poses.delete(userId);
    for (const { slot, userId } of joined) this.userIds.set(slot, userId);
    for (const { slot, x, y, z, rotation } of poses) {
      const userId = this.userIds.get(slot);
      if (userId === undefined) continue;
      const { animation, expression } = this.poses.get(userId) ?? NAMELESS;
      this.poses.set(userId, { userId, position: { x, y, z }, rotation, animation, expression });
    }
    const unlisted: string[] = [];
    for (const { slot, animation, expression } of names) {
      const pose = this.poses.get(this.userIds.get(slot) ?? '');
      if (!pose) continue;
      if (animation === UNLISTED) unlisted.push(pose.userId);
      pose.animation = animationAt(animation);
      pose.expression = expressionAt(expression);
    }
    return unlisted;
  }
}
