/** Keeps requests from a service that has failed again and again, so that they fail at once and it can recover. */

/** Failures in a row after which the circuit opens. */
const FAILURES_TO_OPEN = 5;
/** How long it stays open at first and at most, in milliseconds; each failed probe doubles the wait. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

export class CircuitBreaker {
  private failures = 0;
  private pauseMs = FIRST_PAUSE_MS;
  private openUntil = 0;
  private isProbing = false;

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Whether a request may be tried. After a pause the first one is, as a probe, while the others wait for its outcome. */
  tryPass(): boolean {
    if (this.failures < FAILURES_TO_OPEN) return true;
    if (this.now() < this.openUntil) return false;
    this.openUntil = this.now() + this.pauseMs;
    this.isProbing = true;
    return true;
  }

  succeeded(): void {
    this.failures = 0;
    this.pauseMs = FIRST_PAUSE_MS;
    this.isProbing = false;
  }

  failed(): void {
    this.failures++;
    if (this.failures < FAILURES_TO_OPEN) return;
    // A hundred requests that were under way when the service died say no more than the first five.
    if (this.failures > FAILURES_TO_OPEN && !this.isProbing) return;
    this.isProbing = false;
    this.openUntil = this.now() + this.pauseMs;
    this.pauseMs = Math.min(this.pauseMs * 2, LONGEST_PAUSE_MS);
  }

  get isOpen(): boolean {
    return this.failures >= FAILURES_TO_OPEN && this.now() < this.openUntil;
  }
}
