/** All poses of one room as a process last read them, with what changed when. Knows no subscribers and no network. */
import { ANIMATIONS, EXPRESSIONS, indexOfName, type NamesRow, type PoseRow } from '@chat/room-codec';
import type { RoomChanges } from '../occupants/seats';
import { toShownPose, type ShownPose, type StoredPose } from './pose';

/** One occupant: its latest pose in both forms. */
export class StatePose {
  /** Rises with each visible change; compared with the version that a stream has sent. */
  constructor(
    readonly userId: string,
    readonly slot: number,
    readonly shown: ShownPose,
    readonly version: number,
  ) {}

  get row(): PoseRow {
    const { position, rotation } = this.shown;
    return { slot: this.slot, ...position, rotation };
  }

  get names(): NamesRow {
    const { animation, expression } = this.shown;
    return {
      slot: this.slot,
      animation: indexOfName(ANIMATIONS, animation),
      expression: indexOfName(EXPRESSIONS, expression),
    };
  }

  hasNamesOf(other: ShownPose): boolean {
    return this.shown.animation === other.animation && this.shown.expression === other.expression;
  }

  isSame(slot: number, other: ShownPose): boolean {
    const { position: p, rotation: r } = other;
    const { position, rotation } = this.shown;
    return (
      this.slot === slot &&
      position.x === p.x &&
      position.y === p.y &&
      position.z === p.z &&
      rotation.x === r.x &&
      rotation.y === r.y &&
      rotation.z === r.z &&
      rotation.w === r.w &&
      this.hasNamesOf(other)
    );
  }
}

export class RoomState {
  readonly poses = new Map<string, StatePose>();
  /** The version to read from; empty before the first read. */
  version = '';
  openedAt = 0;
  private changes = 0;

  apply({ version, isWhole, openedAt, poses, left }: RoomChanges): void {
    this.version = version;
    this.openedAt = openedAt;
    if (isWhole) {
      const present = new Set(poses.map(([userId]) => userId));
      for (const userId of this.poses.keys()) if (!present.has(userId)) this.poses.delete(userId);
    }
    for (const userId of left) this.poses.delete(userId);
    for (const [userId, pose] of poses) this.set(userId, pose);
  }

  private set(userId: string, pose: StoredPose): void {
    const shown = toShownPose(userId, pose);
    if (this.poses.get(userId)?.isSame(pose.slot, shown)) return;
    this.poses.set(userId, new StatePose(userId, pose.slot, shown, ++this.changes));
  }
}
