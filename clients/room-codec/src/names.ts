/** The names that packed frames replace by an index. Indexes never change; new names are appended. */

/** Animations of the catalogue. */
export const ANIMATIONS = [
  'idle',
  'walk',
  'run',
  'sit',
  'wave',
  'clap',
  'dance',
  'jump',
  'point',
  'nod',
  'shake',
  'thumbs-up',
  'raise-hand',
] as const;

/** Preset expressions of VRM 1.0. */
export const EXPRESSIONS = [
  'neutral',
  'happy',
  'angry',
  'sad',
  'relaxed',
  'surprised',
  'blink',
  'blinkLeft',
  'blinkRight',
  'aa',
  'ih',
  'ou',
  'ee',
  'oh',
] as const;

/** The index of a name outside the list: the name is in `poses` of the frame only. */
export const UNLISTED = 254;
/** The index of no name. */
const NONE = 255;

/** The index of a name in its list; {@link UNLISTED} for other names, 255 for null. */
export function indexOfName(names: readonly string[], name: string | null): number {
  if (name === null) return NONE;
  const index = names.indexOf(name);
  return index < 0 ? UNLISTED : index;
}

/** Null for no name, undefined for a name outside the list. */
const nameAt = (names: readonly string[], index: number): string | null | undefined =>
  index === NONE ? null : names[index];

export const animationAt = (index: number) => nameAt(ANIMATIONS, index);
export const expressionAt = (index: number) => nameAt(EXPRESSIONS, index);
