/** One frame, made once and shared by all subscribers of its stream. Its forms are made on demand and kept. */
import { SAME_FOR_ALL } from '@chat/kit/graphql/shared-results';
import { packFrame } from '@chat/room-codec';
import type { ShownPose } from './pose';
import type { StatePose } from './room-state';

export interface FrameHead {
  tick: number;
  at: Date;
  isFull: boolean;
}

export class Frame {
  readonly [SAME_FOR_ALL] = true;
  readonly tick: number;
  readonly at: Date;
  readonly isFull: boolean;
  private packedText: string | undefined;

  constructor(
    { tick, at, isFull }: FrameHead,
    private readonly rows: readonly StatePose[],
    /** Those with names that are new to the stream. */
    private readonly named: readonly StatePose[],
    readonly joined: readonly { slot: number; userId: string }[],
    readonly left: readonly string[],
  ) {
    this.tick = tick;
    this.at = at;
    this.isFull = isFull;
  }

  get atMs(): number {
    return this.at.getTime();
  }

  get poses(): ShownPose[] {
    return this.rows.map(({ shown }) => shown);
  }

  get packed(): string {
    this.packedText ??= Buffer.from(this.pack()).toString('base64');
    return this.packedText;
  }

  private pack(): Uint8Array {
    const { tick, isFull, rows, named } = this;
    return packFrame({ tick, isFull, poses: rows.map(({ row }) => row), names: named.map(({ names }) => names) });
  }

  get isEmpty(): boolean {
    return this.rows.length === 0 && this.left.length === 0 && this.joined.length === 0;
  }
}
