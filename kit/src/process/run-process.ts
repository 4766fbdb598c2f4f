/**
 * The frame of every process: starts it, says plainly why it could not start, and ends it in order on SIGTERM, on Ctrl-C, and
 * after an error that nothing has handled. It never hangs: parts that do not close in time are abandoned, and a second signal
 * ends the process at once.
 */
import './young-objects';
import { explain } from './explain';
import { StartupError } from './startup-error';

/** How long an orderly end may take, in milliseconds; less than the 30 s after which Kubernetes kills. */
const END_TIMEOUT_MS = 25_000;

/** npm and `node --watch` pass on a Ctrl-C that the terminal has sent to us as well: signals this close are one, in milliseconds. */
const ONE_SIGNAL_MS = 500;

/**
 * Runs `start` and keeps its result until a signal arrives, then disposes it and exits with 0.
 * If `start` throws, prints the reason (all problems of a configuration, a port in use, …) and exits with 1.
 */
export function runProcess(start: () => Promise<AsyncDisposable>): void {
  if (!('AsyncDisposableStack' in globalThis))
    failToStart(new StartupError(`Node 24 or later is needed, and this is ${process.version}.`));
  let endingSince: number | undefined;
  const end = () => {
    if (endingSince !== undefined) {
      if (performance.now() - endingSince > ONE_SIGNAL_MS) process.exit(130);
      return;
    }
    endingSince = performance.now();
    setTimeout(abandon, END_TIMEOUT_MS).unref();
    started
      .then(
        (running) => running[Symbol.asyncDispose](),
        // Ctrl-C also reaches child processes of the start, such as initdb. A start that was cut off is no failure.
        () => undefined,
      )
      .then(
        () => process.exit(), // with process.exitCode if it is set
        (error: unknown) => failToStart(error),
      );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  process.on('uncaughtException', (error) => {
    // Its state is unknown now; connections still get to hear that they should reconnect elsewhere.
    process.stderr.write(`This process ends because of an error that nothing has handled:\n${explain(error)}\n`);
    process.exitCode = 1;
    if (endingSince === undefined) end();
  });

  const started = (async () => start())(); // an error of its first line is one of the start, too
  started.catch((error: unknown) => {
    if (endingSince === undefined) failToStart(error);
  });
}

function abandon(): never {
  const open = Map.groupBy(process.getActiveResourcesInfo(), (name) => name);
  const names = [...open].map(([name, { length }]) => `${length} ${name}`).join(', ');
  process.stderr.write(
    `Parts of this process did not close within ${END_TIMEOUT_MS / 1000} s. Still open: ${names}.\n`,
  );
  process.exit(1);
}

function failToStart(error: unknown): never {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
}
