/**
 * Every reader of clients' text takes linear time. Compares the processor time of a text with that of a text four times as long, so the
 * speed and the load of the machine do not matter. The short form looks at all texts briefly and compares only the slowest ones of each
 * reader; `HOSTILE_TEXT=all` compares all of them.
 */
import { analyseText } from '../../subgraphs/messaging/src/messages/formatting/message-text';
import { hostileText, HOSTILE_PIECES } from './hostile-pieces';
import { READERS, type Reader } from './register';

const isLongForm = process.env['HOSTILE_TEXT'] === 'all';
/** The longest message by default, in UTF-16 units; twice that in the long form. */
const LONGEST = isLongForm ? 32_000 : 16_000;
/** The length at which every text is read once, to find the slowest. Quadratic time is about 10 ms here, linear time mostly below 1 ms. */
const GLANCE = 4_000;
/** A text that takes less at {@link GLANCE} is not compared, in milliseconds. */
const MEASURABLE_MS = 1;
/** The texts of each reader that are compared: the slowest, and those that grow most from a quarter of {@link GLANCE}. */
const [SLOWEST, STEEPEST] = isLongForm ? [Infinity, 0] : [6, 3];
/** A text is read repeatedly for this long, because the clock of a thread is coarse, in milliseconds. */
const ENOUGH_MS = 30;
/** Linear time has a ratio of 4, with room for cache misses; quadratic time has 16. */
const MAX_RATIO = 9;
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

/** Processor time of this thread alone. */
function cpuMs(read: Reader, text: string, times: number): number {
  const before = process.threadCpuUsage();
  for (let time = 0; time < times; time++) readAnyway(read, text);
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

function elapsedMs(read: Reader, { piece, ending }: Text, length: number): number {
  const text = hostileText(length, piece, ending);
  const began = performance.now();
  readAnyway(read, text);
  return performance.now() - began;
}

/** How many times longer a text of four times the length takes. Collecting garbage only adds time, so the least of some attempts counts. */
function growth(read: Reader, { piece, ending }: Text): number {
  const [short, long] = [hostileText(LONGEST / 4, piece, ending), hostileText(LONGEST, piece, ending)];
  const times = Math.ceil(ENOUGH_MS / Math.max(cpuMs(read, long, 1), 1));
  let [shortMs, longMs, ratio] = [Infinity, Infinity, Infinity];
  for (let attempt = 0; attempt < ATTEMPTS && ratio > MAX_RATIO; attempt++) {
    shortMs = Math.min(shortMs, Math.max(cpuMs(read, short, 4 * times), 1));
    longMs = Math.min(longMs, cpuMs(read, long, times));
    ratio = (4 * longMs) / shortMs;
  }
  return ratio;
}

/** The texts that are worth a comparison. */
function suspects(read: Reader): Text[] {
  const measured = TEXTS.flatMap((text) => {
    let ms = elapsedMs(read, text, GLANCE);
    // A second look, as the first may have been interrupted or not yet compiled.
    if (ms >= MEASURABLE_MS) ms = Math.min(ms, elapsedMs(read, text, GLANCE));
    return ms < MEASURABLE_MS ? [] : [{ text, ms, steepness: ms / elapsedMs(read, text, GLANCE / 4) }];
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
