/**
 * Divides the images of a hand into gestures: a hand that comes to rest is a pose, and a hand that has travelled until then is a movement. A
 * pose is given once, until the hand has changed. Recognises nothing, and knows no camera.
 */

/** Points in pixels, in MediaPipe's order. */
export type HandPoints = readonly { x: number; y: number }[];

export interface HandFrame {
  atMs: number;
  landmarks: HandPoints;
}

/** A hand rests if it has stayed as it is for so long, in milliseconds. */
const REST_MS = 400;
/** Landmarks that differ less from each other are the same, in sizes of the hand. */
const SAME = 0.15;
/** A hand that has travelled farther since its last rest has made a movement, in sizes of the hand. */
const TRAVEL = 1.5;
/** The longest movement, in milliseconds; a longer one is divided. The server takes at most 256 frames. */
const LONGEST_MS = 3_000;

const WRIST = 0;
const MIDDLE_BASE = 9;

export class GestureSegments {
  /** The images since the last gesture; the latest is the last. */
  private frames: HandFrame[] = [];
  /** The hand of the last pose that was given. */
  private given: HandPoints | undefined;

  /** Takes the next image. @param landmarks undefined without a hand. @returns the frames of a gesture that is complete */
  next(atMs: number, landmarks: HandPoints | undefined): HandFrame[] | undefined {
    if (!landmarks) {
      this.frames = [];
      this.given = undefined;
      return undefined;
    }
    this.frames.push({ atMs, landmarks });
    const isResting = this.isResting();
    const isMovement = travelOf(this.frames) > TRAVEL;
    if (isMovement && (isResting || atMs - this.frames[0]!.atMs >= LONGEST_MS)) return this.give(this.frames);
    if (!isResting) return undefined;
    if (this.given && isSame(this.given, landmarks)) {
      this.frames = this.frames.slice(-1);
      return undefined;
    }
    return this.give(this.frames.slice(-1));
  }

  private give(frames: HandFrame[]): HandFrame[] {
    this.frames = this.frames.slice(-1);
    this.given = this.frames[0]!.landmarks;
    return frames;
  }

  private isResting(): boolean {
    const latest = this.frames.at(-1)!;
    for (const { atMs, landmarks } of this.frames.toReversed()) {
      if (!isSame(landmarks, latest.landmarks)) return false;
      if (latest.atMs - atMs >= REST_MS) return true;
    }
    return false;
  }
}

const distance = (a: { x: number; y: number }, b: { x: number; y: number }): number => Math.hypot(a.x - b.x, a.y - b.y);

/** From the wrist to the middle finger, in pixels. */
const sizeOf = (hand: HandPoints): number => distance(hand[WRIST]!, hand[MIDDLE_BASE]!) || 1;

const isSame = (a: HandPoints, b: HandPoints): boolean => {
  const limit = SAME * sizeOf(b);
  return a.every((point, index) => distance(point, b[index]!) <= limit);
};

/** The way of the palm, in sizes of the hand. */
function travelOf(frames: readonly HandFrame[]): number {
  let way = 0;
  for (const [index, { landmarks }] of frames.entries())
    if (index > 0) way += distance(landmarks[MIDDLE_BASE]!, frames[index - 1]!.landmarks[MIDDLE_BASE]!);
  return frames.length === 0 ? 0 : way / sizeOf(frames.at(-1)!.landmarks);
}
