/** Progress of a command: a line now and then, so that long work is neither silent nor noisy. */

/** Pause between two lines, in milliseconds. */
const PAUSE_MS = 2_000;

/** Passes the first line to `write`, and then at most one per two seconds; drops the others. */
export function seldom(write: (line: string) => void): (line: string) => void {
  let last = -Infinity;
  return (line) => {
    if (performance.now() - last < PAUSE_MS) return;
    last = performance.now();
    write(line);
  };
}
