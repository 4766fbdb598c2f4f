/** The choice of speakers for one listener: the loudest within earshot, without needless changes. Pure functions. */
import type { Vector } from '../poses/pose';
import { isSpeech } from './loudness';

export interface Speaker {
  userId: string;
  /** As in loudness.ts. */
  loudness: number;
  position: Vector;
  isMuted: boolean;
}

export interface Listener {
  userId: string;
  position: Vector;
}

/** A speaker in a slot stays there until another one is this much louder, in dB. */
const ADVANTAGE = 6;

/** Speakers that are muted or silent are heard by nobody. */
export const audible = (speakers: readonly Speaker[]): Speaker[] =>
  speakers.filter(({ loudness, isMuted }) => !isMuted && isSpeech(loudness));

/**
 * The next content of a listener's slots. A speaker that is heard before and after stays in its slot, because the client pans each slot.
 * @param speakers from {@link audible}
 * @param slots the accounts in the slots now
 * @param earshot in metres
 */
export function chooseSpeakers(
  listener: Listener,
  speakers: readonly Speaker[],
  slots: readonly (string | undefined)[],
  earshot: number,
): (string | undefined)[] {
  const rank = ({ userId, loudness }: Speaker) => loudness + (slots.includes(userId) ? ADVANTAGE : 0);
  const chosen = speakers
    .filter(({ userId, position }) => userId !== listener.userId && distance(position, listener.position) <= earshot)
    .sort((a, b) => rank(b) - rank(a))
    .slice(0, slots.length)
    .map(({ userId }) => userId);
  const arriving = chosen.filter((userId) => !slots.includes(userId));
  const kept = slots.map((userId) => (userId !== undefined && chosen.includes(userId) ? userId : undefined));
  return kept.map((userId) => userId ?? arriving.shift());
}

const distance = (a: Vector, b: Vector): number => Math.hypot(a.x - b.x, a.y - b.y, a.z - b.z);
