/** What nobody tells for a while is asked for instead, again and again. */
import type { EndedSessions } from '@chat/identity-client/sessions/introspection';
import type { Logger } from '@chat/kit/logging';

export interface OutageWatchOptions {
  /** Whether to ask at all. */
  isDeaf: () => boolean;
  /** Asks once about everything. Where it rejects, it is asked again like after an answer. */
  ask: () => Promise<void> | void;
  log: Logger;
}

/** How long after an answer it is asked again, in milliseconds. */
const PAUSE_MS = 1_000;

export class OutageWatch implements Disposable {
  private timer?: NodeJS.Timeout;
  private isClosed = false;

  constructor(private readonly options: OutageWatchOptions) {
    this.askLater();
  }

  private askLater(): void {
    if (this.isClosed) return;
    this.timer = setTimeout(() => void this.askIfDeaf().finally(() => this.askLater()), PAUSE_MS).unref();
  }

  private async askIfDeaf(): Promise<void> {
    const { isDeaf, ask, log } = this.options;
    try {
      if (isDeaf()) await ask();
    } catch (error) {
      log.warn({ err: error }, 'what may have changed while it was not heard of could not be asked for');
    }
  }

  [Symbol.dispose](): void {
    this.isClosed = true;
    clearTimeout(this.timer);
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
