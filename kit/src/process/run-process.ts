/**
 * The frame of every process: starts it, says plainly why it could not start, and ends it in order on SIGTERM or Ctrl-C.
 * Refuses to hang: what is not closed in time is abandoned, and a second signal ends the process at once.
 */
import { ConfigError } from '../config';
import { StartupError } from './startup-error';

/** How long an orderly end may take, in milliseconds; less than the 30 s after which Kubernetes kills. */
const END_TIMEOUT_MS = 25_000;

/**
 * Runs `start` and keeps what it returns until a signal comes, then disposes it and exits with 0.
 * Where `start` throws, the reason is printed and the exit code is 1: all problems of a configuration, a port in use, …
 */
export function runProcess(start: () => Promise<AsyncDisposable>): void {
  let isEnding = false;
  const end = () => {
    if (isEnding) process.exit(130);
    isEnding = true;
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

/** What to tell the person who started the process; a stack only where nobody foresaw the problem. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof ConfigError) return error.message;
  const { code, address, port } = error as { code?: string; address?: string; port?: number };
  if (code === 'EADDRINUSE')
    return `Port ${port} on ${address} is in use by another process. Stop that one, or set PORT.`;
  if (code === 'EACCES' && port) return `Port ${port} needs more rights than this user has. Set PORT to 1024 or above.`;
  if (code === 'EADDRNOTAVAIL') return `${address} is not an address of this machine. Set HOST.`;
  return error instanceof StartupError ? error.message : (error.stack ?? error.message);
}
