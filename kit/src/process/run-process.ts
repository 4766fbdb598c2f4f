/**
 * The frame of every process: starts it, says plainly why it could not start, and ends it in order on SIGTERM or Ctrl-C.
 * Refuses to hang: what is not closed in time is abandoned, and another signal after the first ends the process at once.
 */
import { ConfigError } from '../config';
import { StartupError } from './startup-error';

/** How long an orderly end may take, in milliseconds; less than the 30 s after which Kubernetes kills. */
const END_TIMEOUT_MS = 25_000;

/** npm and `node --watch` pass on a Ctrl-C that the terminal has sent to us as well: signals this close are one, in milliseconds. */
const ONE_SIGNAL_MS = 500;

/**
 * Runs `start` and keeps what it returns until a signal comes, then disposes it and exits with 0.
 * Where `start` throws, the reason is printed and the exit code is 1: all problems of a configuration, a port in use, …
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
    setTimeout(() => process.exit(1), END_TIMEOUT_MS).unref();
    started
      .then((running) => running[Symbol.asyncDispose]())
      .then(
        () => process.exit(), // with process.exitCode, where somebody has set it
        (error: unknown) => failToStart(error),
      );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);

  const started = start();
  started.catch(failToStart);
}

function failToStart(error: unknown): never {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
}

/** What Node adds to an error of the operating system, by what failed. */
type SystemError = NodeJS.ErrnoException & { address?: string; port?: number; hostname?: string };

/** What to tell the person who started the process; a stack only where nobody foresaw the problem. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof ConfigError) return error.message;
  const { code, syscall, path, address, port, hostname } = error as SystemError;
  if (code === 'EADDRINUSE')
    return `Port ${port} on ${address} is in use by another process. Stop that one, or set PORT.`;
  if (code === 'EACCES' && port) return `Port ${port} needs more rights than this user has. Set PORT to 1024 or above.`;
  if (code === 'EADDRNOTAVAIL') return `${address} is not an address of this machine. Set HOST.`;
  if (code === 'ENOTFOUND') return `${hostname} is not a host that this machine knows. Set HOST.`;
  // A file or folder that is not there or not ours: the system's own words name it.
  if (syscall && path) return error.message;
  return error instanceof StartupError ? error.message : (error.stack ?? error.message);
}
