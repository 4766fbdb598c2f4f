/** The frame of a command that ends by itself: says plainly why it could not do its work. */
import { explain } from './explain';

/** Exits with the code that `command` resolves to; if it rejects, with 1 and the reason on stderr. */
export function runCommand(command: () => Promise<number>): void {
  command().then(
    (code) => (process.exitCode = code),
    (error: unknown) => {
      process.stderr.write(`${explain(error).trim()}\n`);
      process.exitCode = 1;
    },
  );
}
