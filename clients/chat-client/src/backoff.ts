/** Delays between attempts: exponential, with jitter, and ended early by a wake-up. Counts no attempts and makes none. */

export interface BackoffOptions {
  /** Upper bound of the first delay, in milliseconds. Default: 500. */
  baseMs?: number;
  /** Upper bound of all delays, in milliseconds. Default: 30,000. */
  maxMs?: number;
}

/** The delay before attempt `attempt` (0 is the first retry): between half and all of the bound, which doubles each time. */
export function backoffMs(attempt: number, { baseMs = 500, maxMs = 30_000 }: BackoffOptions = {}): number {
  const bound = Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 16));
  return bound / 2 + Math.random() * (bound / 2);
}

/** The bound of `setTimeout`, in milliseconds. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** `setTimeout` that keeps no Node process alive. @returns a function that cancels it */
export function startTimer(ms: number, run: () => void): () => void {
  const timer: unknown = setTimeout(run, Math.min(Math.max(ms, 0), MAX_TIMEOUT_MS));
  (timer as { unref?(): void }).unref?.();
  return () => clearTimeout(timer as Parameters<typeof clearTimeout>[0]);
}

/** Waits that all end at once when there is a reason to try again, for example when the network is back. */
export class Waits {
  private readonly waiting = new Set<() => void>();

  /** Resolves after `ms`, or when {@link wake} is called. */
  async wait(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const end = () => {
        cancel();
        this.waiting.delete(end);
        resolve();
      };
      const cancel = startTimer(ms, end);
      this.waiting.add(end);
    });
  }

  wake(): void {
    for (const end of [...this.waiting]) end();
  }
}
