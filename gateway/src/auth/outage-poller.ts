/** Polls for changes while notifications are unavailable. */
import type { EndedSessions } from '@chat/identity-client/sessions/introspection';
import type { Logger } from '@chat/kit/logging';

export interface OutagePollerOptions {
  /** How long notifications are certainly received, in milliseconds; 0 if they may be missed. Called often, so it must be cheap. */
  connectedMs: () => number;
  /** Polls once. A rejection ends the poll as well. */
  poll: () => Promise<void> | void;
  /** Pause after a poll, in milliseconds; default 250. */
  pauseMs?: () => number;
  log: Logger;
}

const PAUSE_MS = 250;
/** After this time of failures, in milliseconds, a warning is logged. At a start, identity is not ready for a few seconds. */
const WARN_AFTER_MS = 10_000;
/** Pause between two checks of {@link OutagePollerOptions.connectedMs} at most, and at least, in milliseconds. */
const CHECK_MS = 250;
const MIN_CHECK_MS = 50;

export class OutagePoller implements Disposable {
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;
  private polledAt = -Infinity;
  /** When the present row of failures began. */
  private failingSince: number | undefined;
  private hasWarned = false;

  constructor(private readonly options: OutagePollerOptions) {
    this.checkAfter(MIN_CHECK_MS);
  }

  private checkAfter(ms: number): void {
    if (this.isClosed) return;
    const waitMs = Math.min(CHECK_MS, Math.max(MIN_CHECK_MS, ms));
    this.timer = setTimeout(() => void this.check(), waitMs).unref();
  }

  private async check(): Promise<void> {
    const { connectedMs, pauseMs } = this.options;
    const leftMs = connectedMs();
    const isPausing = performance.now() - this.polledAt < (pauseMs?.() ?? PAUSE_MS);
    if (leftMs === 0 && !isPausing) await this.poll();
    this.checkAfter(leftMs);
  }

  private async poll(): Promise<void> {
    const { poll, log } = this.options;
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
    this.polledAt = performance.now();
  }

  [Symbol.dispose](): void {
    this.isClosed = true;
    clearTimeout(this.timer);
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
