/** Asks again and again for changes that may not be heard of at the moment. */
import type { EndedSessions } from '@chat/identity-client/sessions/introspection';
import type { Logger } from '@chat/kit/logging';

export interface OutagePollerOptions {
  /** Whether changes may not be heard of; asked often, so it must be cheap. */
  isDisconnected: () => boolean;
  /** Asks once about everything. A rejection counts as an answer. */
  ask: () => Promise<void> | void;
  /** Pause after an answer, in milliseconds; default 250. */
  pauseMs?: () => number;
  log: Logger;
}

const PAUSE_MS = 250;
/** How often {@link OutagePollerOptions.isDisconnected} is asked, in milliseconds. */
const LOOK_MS = 50;

export class OutagePoller implements Disposable {
  private readonly timer = setInterval(() => void this.look(), LOOK_MS).unref();
  private answeredAt = -Infinity;
  private isAsking = false;
  private isFailing = false;

  constructor(private readonly options: OutagePollerOptions) {}

  private async look(): Promise<void> {
    const { isDisconnected, ask, pauseMs, log } = this.options;
    const isPausing = performance.now() - this.answeredAt < (pauseMs?.() ?? PAUSE_MS);
    if (this.isAsking || isPausing || !isDisconnected()) return;
    this.isAsking = true;
    try {
      await ask();
      this.isFailing = false;
    } catch (error) {
      if (!this.isFailing)
        log.warn({ err: error }, 'changes that are not heard of could not be asked for; trying again');
      this.isFailing = true;
    }
    this.isAsking = false;
    this.answeredAt = performance.now();
  }

  [Symbol.dispose](): void {
    clearInterval(this.timer);
  }
}

/** About how many sessions identity is asked at once. */
const SESSIONS_AT_ONCE = 5_000;

/** Calls `onEnded` for those among `sessionIds` that have ended. */
export async function findEnded(
  sessionIds: readonly string[],
  endedSessions: EndedSessions,
  onEnded: (sessionId: string) => void,
): Promise<void> {
  for (let from = 0; from < sessionIds.length; from += SESSIONS_AT_ONCE) {
    for (const id of await endedSessions(sessionIds.slice(from, from + SESSIONS_AT_ONCE))) onEnded(id);
  }
}
