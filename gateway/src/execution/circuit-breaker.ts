/** Stops requests to a service after repeated failures, so that they fail fast and the service can recover. */
import { setTimeout as delay } from 'node:timers/promises';

/** Consecutive failures that open the circuit. */
const FAILURES_TO_OPEN = 5;
/** Interval between probes through an open circuit, in milliseconds. */
const PROBE_EVERY_MS = 250;
/** Interval at which waiting requests check for a successful probe, in milliseconds. */
const LOOK_EVERY_MS = 25;

export class CircuitBreaker {
  private failures = 0;
  private openUntil = 0;

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Whether a request may be sent now. */
  tryPass(): boolean {
    if (this.failures < FAILURES_TO_OPEN) return true;
    if (this.now() < this.openUntil) return false;
    this.openUntil = this.now() + PROBE_EVERY_MS;
    return true;
  }

  /**
   * Waits for about `patienceMs` at most until a probe succeeds or the next probe is due, so that requests are not refused when the
   * service is already back. @returns whether the request may be sent now.
   * @throws AbortError if the signal is aborted
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
    // Requests that were pending when the service failed count only until the circuit is open.
    if (++this.failures === FAILURES_TO_OPEN) this.openUntil = this.now() + PROBE_EVERY_MS;
  }
}
