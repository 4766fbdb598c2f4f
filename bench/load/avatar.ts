/** One avatar of a bench in either system, and its reports. */
import type { Place, Step } from './walk';

export type Form = 'packed' | 'everything' | 'JSON' | 'Colyseus';

export interface Crowd {
  form: Form;
  url: string;
  /** Of our room. */
  roomId: string;
  /** Access tokens of the accounts; as many as avatars. */
  tokens: string[];
  /** Their accounts. */
  userIds: string[];
  count: number;
  /** How many of them walk at full rate and follow all frames. The others walk around these, seldom. */
  walkers: number;
}

/** Called for each frame; `read` gives its poses, by the index of the avatar. Whoever reads one frame reads all: Colyseus sends differences. */
export type OnFrame = (bytes: number, read: () => Iterable<[avatar: number, place: Place]>) => void;

/** What an avatar reports. `onMoved` is called for each move that the server has taken, in Colyseus for each that was sent. */
export interface Reports {
  onFrame: OnFrame;
  onMoved: () => void;
}

export interface Avatar {
  move(step: Step): void;
  leave(): void;
}

/** With the head of a WebSocket frame. */
export const framed = (length: number): number => length + (length < 126 ? 2 : length < 65_536 ? 4 : 10);
