/**
 * Every reader of clients' text takes linear time. Compares the user time of a text with that of a text four times as long, so the
 * speed and the load of the machine do not matter. The short form looks at all texts briefly and compares only the slowest ones of each
 * reader; `HOSTILE_TEXT=all` compares all of them.
 */
import { analyseText } from '../../subgraphs/messaging/src/messages/formatting/message-text';
import { hostileText, HOSTILE_PIECES } from './hostile-pieces';
import { READERS, type Reader } from './register';

const isLongForm = process.env['HOSTILE_TEXT'] === 'all';
/** The longest message by default, in UTF-16 units; twice that in the long form. */
const LONGEST = isLongForm ? 32_000 : 16_000;
/** The length at which every text is read once, to find the slowest. Quadratic time is 0.5 to 10 ms here. */
const GLANCE = 4_000;
/** A text that takes less at {@link GLANCE} is not compared, in milliseconds. */
const MEASURABLE_MS = 0.2;
/** Readings at {@link GLANCE}, and at a quarter of it, of a text that is measurable. */
const LOOKS = 3;
/** The texts of each reader that are compared: the slowest, and those that grow most from a quarter of {@link GLANCE}. */
const [SLOWEST, STEEPEST] = isLongForm ? [Infinity, 0] : [6, 3];
/** A measurement takes at least this much user time, in milliseconds. */
const ENOUGH_MS = 40;
/** Linear time has a ratio of 4, with room for cache misses; quadratic time has 16. */
const MAX_RATIO = 9;
/** If one attempt has a lower ratio, the time is linear: a machine that was twice as slow for the short text would still show quadratic time. */
const CLEARLY_LINEAR = 6;
/** Less means that the reader refused the longer text. */
const MIN_RATIO = 2;
const ATTEMPTS = 6;

interface Text {
  piece: string;
  ending: string | undefined;
}

const TEXTS: readonly Text[] = HOSTILE_PIECES.flatMap((piece, index) => [
  { piece, ending: undefined },
  { piece, ending: HOSTILE_PIECES[(7 * index + 3) % HOSTILE_PIECES.length]! },
]);

/** A text that the reader refuses counts as read. */
function readAnyway(read: Reader, text: string): void {
  try {
    read(text);
  } catch {
    // refused
  }
}

/**
 * User time of one reading, in milliseconds. Repeats it until the clock of the thread, which is coarse, has counted enough. System time
 * would add a step where results outgrow the pages of the heap, and each needs a mapping of its own.
 */
function userMs(read: Reader, text: string): number {
  const before = process.threadCpuUsage();
  let [times, spentMs] = [0, 0];
  for (let more = 1; spentMs < ENOUGH_MS; more *= 2) {
    for (let time = 0; time < more; time++) readAnyway(read, text);
    times += more;
    spentMs = process.threadCpuUsage(before).user / 1000;
  }
  return spentMs / times;
}

function elapsedMs(read: Reader, { piece, ending }: Text, length: number): number {
  const text = hostileText(length, piece, ending);
  const began = performance.now();
  readAnyway(read, text);
  return performance.now() - began;
}

/** One reading may be interrupted, or not yet compiled. */
const leastMs = (read: Reader, text: Text, length: number): number =>
  Math.min(...Array.from({ length: LOOKS }, () => elapsedMs(read, text, length)));

/** How many times longer a text of four times the length takes: the least times of some attempts, as other work of the thread only adds to them. */
function growthTo(length: number, read: Reader, { piece, ending }: Text): number {
  const [short, long] = [hostileText(length / 4, piece, ending), hostileText(length, piece, ending)];
  let [shortMs, longMs] = [Infinity, Infinity];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    shortMs = Math.min(shortMs, userMs(read, short));
    longMs = Math.min(longMs, userMs(read, long));
    if (longMs / shortMs < CLEARLY_LINEAR) break;
  }
  return longMs / shortMs;
}

/**
 * The growth to {@link LONGEST}, or beyond it if that is less. Linear time can have a step, where arrays of matches become large objects of
 * the heap; quadratic time grows on.
 */
function growth(read: Reader, text: Text): number {
  const ratio = growthTo(LONGEST, read, text);
  if (ratio <= MAX_RATIO) return ratio;
  const beyond = growthTo(2 * LONGEST, read, text);
  return beyond < MIN_RATIO ? ratio : Math.min(ratio, beyond);
}

/** The texts that are worth a comparison. */
function suspects(read: Reader): Text[] {
  const measured = TEXTS.flatMap((text) => {
    if (elapsedMs(read, text, GLANCE) < MEASURABLE_MS) return [];
    const ms = leastMs(read, text, GLANCE);
    return ms < MEASURABLE_MS ? [] : [{ text, ms, steepness: ms / leastMs(read, text, GLANCE / 4) }];
  });
  const slowest = measured.toSorted((a, b) => b.ms - a.ms).slice(0, SLOWEST);
  const steepest = measured.toSorted((a, b) => b.steepness - a.steepness).slice(0, STEEPEST);
  return [...new Set([...slowest, ...steepest])].map(({ text }) => text);
}

const readers = Object.entries(READERS).flatMap(([file, functions]) =>
  Object.entries(functions).map(([name, read]) => [name, file, read] as const),
);

test.each(readers)(
  '%s of %s takes linear time',
  (_name, _file, read) => {
    const compared = suspects(read).map((text) => ({ ...text, ratio: growth(read, text) }));
    expect(compared.filter(({ ratio }) => ratio > MAX_RATIO)).toEqual([]);
  },
  600_000,
);

const looksForTheEnd: Reader = (text) => /-+$/.exec(`${text}b`);

test.each<[string, Reader, string]>([
  ['that starts over at each match', (text) => /<(?:http:)[^|>]+\|/.exec(text), '<http:a'],
  ['that looks for the end', looksForTheEnd, '-'],
  ['behind a slow linear reader', (text) => [analyseText(text), looksForTheEnd(text)], '-'],
])('a quadratic expression %s is found', (_name, read, piece) => {
  const text: Text = { piece, ending: undefined };
  expect(suspects(read)).toContainEqual(text);
  expect(growth(read, text)).toBeGreaterThan(MAX_RATIO);
});
