/**
 * Ends what is open for sessions that have ended while nobody said so: as long as it cannot be heard, identity is asked about
 * all sessions that are connected. Where it cannot be asked either, nothing is ended: nobody can end a session then.
 */
import type { EndedSessions } from '@chat/kit/auth/introspection';
import type { Logger } from '@chat/kit/logging';

export interface SessionWatchOptions {
  /** Whether to ask at all. */
  isDeaf: () => boolean;
  /** The sessions that are connected. */
  sessionIds: () => readonly string[];
  endedSessions: EndedSessions;
  onEnded: (sessionId: string) => void;
  log: Logger;
}

/** How long after an answer it is asked again, in milliseconds, and about how many sessions at once. */
const PAUSE_MS = 1_000;
const AT_ONCE = 5_000;

export class SessionWatch implements Disposable {
  private timer?: NodeJS.Timeout;
  private isClosed = false;

  constructor(private readonly options: SessionWatchOptions) {
    this.askLater();
  }

  private askLater(): void {
    if (this.isClosed) return;
    this.timer = setTimeout(() => {
      void this.ask().finally(() => this.askLater());
    }, PAUSE_MS).unref();
  }

  private async ask(): Promise<void> {
    const { isDeaf, sessionIds, endedSessions, onEnded, log } = this.options;
    if (!isDeaf()) return;
    const ids = sessionIds();
    try {
      for (let from = 0; from < ids.length; from += AT_ONCE) {
        for (const id of await endedSessions(ids.slice(from, from + AT_ONCE))) onEnded(id);
      }
    } catch (error) {
      log.warn({ err: error }, 'identity could not be asked which sessions have ended');
    }
  }

  [Symbol.dispose](): void {
    this.isClosed = true;
    clearTimeout(this.timer);
  }
}
