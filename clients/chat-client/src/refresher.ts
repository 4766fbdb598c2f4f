/** Merges requests for a refresh, such as one for each event, so that a busy channel does not use up the rate limit. Keeps no data. */
import { backoffMs, startTimer } from './backoff.ts';
import { ChatError } from './chat-error.ts';
import type { Unlisten } from './emitter.ts';

export interface RefresherOptions {
  /** The time from the start of a refresh to the next one, in milliseconds. Default: 3,000. */
  minMs?: number;
}

/**
 * Invariants:
 * 1. After the last request, one refresh starts, so its result includes the change that was the reason.
 * 2. One refresh runs at a time.
 * 3. A refresh that fails for a while is repeated: after the server's delay, or with backoff. Any other failure ends it.
 */
export class Refresher {
  private isWanted = false;
  private isRunning = false;
  private isDisposed = false;
  private failures = 0;
  /** The earliest time of the next refresh, in milliseconds since 1970. */
  private notBefore = 0;
  private cancelTimer: Unlisten | undefined;

  constructor(
    private readonly refresh: () => Promise<unknown>,
    private readonly options: RefresherOptions = {},
  ) {}

  /** Call it for each reason, as often as there is one. */
  request(): void {
    this.isWanted = true;
    this.schedule();
  }

  dispose(): void {
    this.isDisposed = true;
    this.cancelTimer?.();
  }

  private schedule(): void {
    if (!this.isWanted || this.isRunning || this.isDisposed || this.cancelTimer) return;
    this.cancelTimer = startTimer(Math.max(0, this.notBefore - Date.now()), () => {
      this.cancelTimer = undefined;
      void this.run();
    });
  }

  private async run(): Promise<void> {
    this.isWanted = false;
    this.isRunning = true;
    this.notBefore = Date.now() + (this.options.minMs ?? 3_000);
    try {
      await this.refresh();
      this.failures = 0;
    } catch (thrown) {
      const error = ChatError.from(thrown);
      if (error.isTransient) {
        this.isWanted = true;
        this.notBefore = Math.max(
          this.notBefore,
          Date.now() + Math.max(error.retryAfterMs ?? 0, backoffMs(this.failures++)),
        );
      }
    } finally {
      this.isRunning = false;
      this.schedule();
    }
  }
}
