/**
 * A process full of avatars: connections that walk and follow one room, in our graph or in Colyseus. Counts the bytes of each, and reads
 * the frames of some to tell the age of poses.
 */
import { onCommand } from '../harness/commands';
import type { Avatar, Crowd, Reports } from './avatar';
import { joinColyseus } from './avatars-colyseus';
import { joinOurs } from './avatars-ours';
import { STEPS, Walk } from './walk';

export interface Seen {
  /** Bytes of frames for one subscriber in a second. */
  frameBytes: number;
  /** Frames for one subscriber in a second. */
  frames: number;
  /** Moves of all avatars in a second. */
  moves: number;
  /** Poses' ages in milliseconds, ascending. */
  ages: number[];
}

const STEP_MS = 50;
/** Between two steps of avatars that walk seldom. */
const SELDOM_MS = 2000;
/** Connections whose frames are read. */
const READERS = 4;
/** Connections that are opened at once. */
const TOGETHER = 10;

let avatars: Avatar[] = [];
let walks: Walk[] = [];
/** Of each avatar, the time of each step. */
let steppedAt: Float64Array[] = [];
/** Avatars that walk at full rate; frames of the others are not counted. */
let walkers = 0;
let frames = 0;
let moves = 0;
let frameBytes = 0;
let ages: number[] = [];
let isCounting = false;
let timers: NodeJS.Timeout[] = [];

const reportsOf = (index: number): Reports => ({
  onFrame(bytes, read) {
    const now = performance.now();
    const poses = index < READERS ? read() : [];
    if (!isCounting || index >= walkers) return;
    frames++;
    frameBytes += bytes;
    for (const [avatar, place] of poses)
      if (avatar < walkers) ages.push(now - steppedAt[avatar]![walks[avatar]!.stepAt(place)]!);
  },
  onMoved() {
    moves++;
  },
});

onCommand('join', async (crowd: Crowd) => {
  const join = crowd.form === 'Colyseus' ? joinColyseus : joinOurs;
  walkers = crowd.walkers;
  walks = Walk.waysOf(walkers, crowd.count - walkers);
  steppedAt = walks.map(() => new Float64Array(STEPS));
  const opened: Avatar[] = [];
  let next = 0;
  const joinNext = async () => {
    while (next < crowd.count) {
      const index = next++;
      opened[index] = await join(crowd, index, reportsOf(index));
    }
  };
  await Promise.all(Array.from({ length: TOGETHER }, joinNext));
  avatars = opened;
});

/** Everybody walks, each at its own moment of a step. */
onCommand('walk', () => {
  timers = avatars.map((avatar, index) => {
    const pauseMs = index < walkers ? STEP_MS : SELDOM_MS;
    let step = (index * 37) % STEPS;
    const walk = () => {
      step = (step + 1) % STEPS;
      steppedAt[index]![step] = performance.now();
      avatar.move(walks[index]!.at(step));
    };
    return setTimeout(
      () => {
        // The way from the middle may be too far for one move.
        const { x, z, rotation } = walks[index]!.at(step);
        avatar.move({ x: x / 2, z: z / 2, rotation });
        timers.push(setInterval(walk, pauseMs));
      },
      (index / avatars.length) * pauseMs,
    );
  });
});

onCommand('count', () => {
  [frames, frameBytes, moves, ages, isCounting] = [0, 0, 0, [], true];
});

onCommand('seen', (seconds: number): Seen => {
  isCounting = false;
  const share = walkers * seconds;
  return {
    frameBytes: frameBytes / share,
    frames: frames / share,
    moves: moves / seconds,
    ages: ages.sort((a, b) => a - b),
  };
});

onCommand('leave', () => {
  for (const timer of timers) clearInterval(timer);
  for (const avatar of avatars) avatar.leave();
  [avatars, timers] = [[], []];
});

process.stdout.write('ready\n');
