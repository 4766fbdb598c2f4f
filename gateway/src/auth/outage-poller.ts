/** Polls for changes while notifications are unavailable. */
import type { EndedSessions } from '@chat/identity-client/sessions/introspection';
import type { Logger } from '@chat/kit/logging';

export interface OutagePollerOptions {
  /** Whether notifications may be missed. Called often, so it must be cheap. */
  isDisconnected: () => boolean;
  /** Polls once. A rejection ends the poll as well. */
  poll: () => Promise<void> | void;
  /** Pause after a poll, in milliseconds; default 250. */
  pauseMs?: () => number;
  log: Logger;
}

const PAUSE_MS = 250;
/** After this time of failures, in milliseconds, a warning is logged. At a start, identity is not ready for a few seconds. */
const WARN_AFTER_MS = 10_000;
/** Interval of the {@link OutagePollerOptions.isDisconnected} check, in milliseconds. */
const CHECK_MS = 50;

export class OutagePoller implements Disposable {
  private readonly timer = setInterval(() => void this.check(), CHECK_MS).unref();
  private polledAt = -Infinity;
  private isPolling = false;
  /** When the present row of failures began. */
  private failingSince: number | undefined;
  private hasWarned = false;

  constructor(private readonly options: OutagePollerOptions) {}

  private async check(): Promise<void> {
    const { isDisconnected, poll, pauseMs, log } = this.options;
    const isPausing = performance.now() - this.polledAt < (pauseMs?.() ?? PAUSE_MS);
    if (this.isPolling || isPausing || !isDisconnected()) return;
    this.isPolling = true;
    try {
      await poll();
      this.failingSince = undefined;
      this.hasWarned = false;
    } catch (error) {
      this.failingSince ??= performance.now();
      if (!this.hasWarned && performance.now() - this.failingSince >= WARN_AFTER_MS) {
        log.warn({ err: error }, 'polling for missed changes failed; retrying');
        this.hasWarned = true;
      }
    }
    this.isPolling = false;
    this.polledAt = performance.now();
  }

  [Symbol.dispose](): void {
    clearInterval(this.timer);
  }
}

/** Sessions per request to identity. */
const SESSIONS_PER_REQUEST = 5_000;

/** Calls `onEnded` for each of `sessionIds` that has ended. */
export async function findEnded(
  sessionIds: readonly string[],
  endedSessions: EndedSessions,
  onEnded: (sessionId: string) => void,
): Promise<void> {
  for (let from = 0; from < sessionIds.length; from += SESSIONS_PER_REQUEST) {
    for (const id of await endedSessions(sessionIds.slice(from, from + SESSIONS_PER_REQUEST))) onEnded(id);
  }
}
