/**
 * Whatever looks through text of clients takes time in proportion to the text. Compares the processor time of a text with that of one four
 * times as long, so that it does not matter how fast the machine is or who else uses it.
 */
import { hostileText, HOSTILE_PIECES } from './hostile-pieces';
import { READERS, type Reader } from './register';

/** Twice the longest message by default, in UTF-16 units. */
const LONGEST = 32_000;
/** A text that takes less than this is not compared, in milliseconds. */
const MEASURABLE_MS = 6;
/** For as long a text is read again and again, as the clock of a thread ticks slowly, in milliseconds. */
const ENOUGH_MS = 40;
/** Four times the text in four times the time, with room for caches that are too small for it; quadratic time is sixteen times. */
const MAX_RATIO = 9;
const ATTEMPTS = 4;

/** What a reader refuses has been read, too. */
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

function elapsedMs(read: Reader, text: string): number {
  const began = performance.now();
  readAnyway(read, text);
  return performance.now() - began;
}

/** How many times longer a text takes that is four times as long, at the best of some attempts; 0 if it takes no time worth comparing. */
function growth(read: Reader, textOf: (length: number) => string): number {
  const [short, long] = [textOf(LONGEST / 4), textOf(LONGEST)];
  const once = Math.min(elapsedMs(read, long), elapsedMs(read, long));
  if (once < MEASURABLE_MS) return 0;
  const times = Math.ceil(ENOUGH_MS / once);
  let least = Infinity;
  for (let attempt = 0; attempt < ATTEMPTS && least > MAX_RATIO; attempt++) {
    const [shortMs, longMs] = [cpuMs(read, short, 4 * times), cpuMs(read, long, times)];
    if (shortMs > 0) least = Math.min(least, (4 * longMs) / shortMs);
  }
  return least;
}

const readers = Object.entries(READERS).flatMap(([file, functions]) =>
  Object.entries(functions).map(([name, read]) => [name, file, read] as const),
);

test.each(readers)(
  '%s of %s takes linear time',
  (_name, _file, read) => {
    const slow = HOSTILE_PIECES.flatMap((piece, index) => {
      const ending = HOSTILE_PIECES[(7 * index + 3) % HOSTILE_PIECES.length]!;
      return [undefined, ending].flatMap((end) => {
        const ratio = growth(read, (length) => hostileText(length, piece, end));
        return ratio > MAX_RATIO ? [{ piece, end, ratio }] : [];
      });
    });
    expect(slow).toEqual([]);
  },
  600_000,
);

test.each<[string, Reader, string]>([
  ['an expression that begins again everywhere', (text) => /<(?:http:)[^|>]+\|/.exec(text), '<http:a'],
  ['an expression that looks for the end', (text) => /-+$/.exec(`${text}b`), '-'],
])('%s is found out', (_what, read, piece) =>
  expect(growth(read, (length) => hostileText(length, piece))).toBeGreaterThan(MAX_RATIO),
);
