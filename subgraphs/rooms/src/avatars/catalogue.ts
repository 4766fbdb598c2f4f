/** The built-in skins and animations. Models of skins are made by skin-model.ts. */
import { ANIMATIONS } from '@chat/room-codec';

export interface Skin {
  id: string;
  name: string;
  /** Linear RGB, 0 to 1. */
  color: [number, number, number];
}

export const SKINS: readonly Skin[] = [
  { id: 'robot-blue', name: 'Blue robot', color: [0.1, 0.3, 0.8] },
  { id: 'robot-green', name: 'Green robot', color: [0.1, 0.6, 0.25] },
  { id: 'robot-orange', name: 'Orange robot', color: [0.9, 0.4, 0.05] },
  { id: 'robot-violet', name: 'Violet robot', color: [0.45, 0.15, 0.7] },
];

export const DEFAULT_SKIN = SKINS[0]!;

export const skinOf = (id: string): Skin | undefined => SKINS.find((skin) => skin.id === id);

export interface CatalogueAnimation {
  name: string;
  durationMs: number;
  loop: boolean;
}

/** Animations that are poses or gaits; all others play once. */
const LOOPS = new Set<string>(['idle', 'walk', 'run', 'sit', 'dance']);
const DURATIONS: Record<string, number> = { idle: 4000, walk: 1000, run: 700, sit: 4000, dance: 3000 };
const ONCE_MS = 1500;

export const CATALOGUE_ANIMATIONS: readonly CatalogueAnimation[] = ANIMATIONS.map((name) => ({
  name,
  durationMs: DURATIONS[name] ?? ONCE_MS,
  loop: LOOPS.has(name),
}));
