/** Keeps requests from a service that has failed again and again, so that they fail soon and it can recover. */
import { setTimeout as delay } from 'node:timers/promises';

/** Failures in a row after which the circuit opens. */
const FAILURES_TO_OPEN = 5;
/** How often one request is let through an open circuit, as a probe, in milliseconds. */
const PROBE_EVERY_MS = 250;
/** How often those that wait look whether a probe has succeeded, in milliseconds. */
const LOOK_EVERY_MS = 25;

export class CircuitBreaker {
  private failures = 0;
  private openUntil = 0;

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Whether a request may be tried now. */
  tryPass(): boolean {
    if (this.failures < FAILURES_TO_OPEN) return true;
    if (this.now() < this.openUntil) return false;
    this.openUntil = this.now() + PROBE_EVERY_MS;
    return true;
  }

  /**
   * For a request that may not pass: waits, about `patienceMs` at most, until a probe has succeeded or it is time for the next
   * one, so that nothing is refused on behalf of a service that is back. @returns whether it may be tried now.
   * @throws AbortError when the signal says so
   */
  async waitToPass(patienceMs: number, signal?: AbortSignal): Promise<boolean> {
    const giveUpAt = this.now() + patienceMs;
    do {
      await delay(LOOK_EVERY_MS, undefined, { signal });
      if (this.tryPass()) return true;
    } while (this.now() < giveUpAt);
    return false;
  }

  succeeded(): void {
    this.failures = 0;
  }

  failed(): void {
    // A hundred requests that were under way when the service died say no more than the first five.
    if (++this.failures === FAILURES_TO_OPEN) this.openUntil = this.now() + PROBE_EVERY_MS;
  }
}
