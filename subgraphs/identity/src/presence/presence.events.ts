/** The stream of `presenceChanged`: the latest presence of each account, if it differs from the last one sent. */
import type { PresenceService } from './presence.service';
import type { Presence } from './presence.type';

type Result = IteratorResult<Presence, undefined>;
const DONE: Result = { done: true, value: undefined };

/** Resolves once it listens and has read the initial state. `return()` ends it at once. A slow reader skips intermediate states. */
export async function presenceChanges(
  service: PresenceService,
  userIds: readonly string[],
): Promise<AsyncIterableIterator<Presence, undefined>> {
  const stream = new PresenceChanges(service, new Set(userIds));
  await stream.start();
  return stream;
}

/** Differs if a reader sees another presence or status text. */
const stateOf = ({ status, statusVersion = '' }: Presence): string => `${status} ${statusVersion}`;

class PresenceChanges implements AsyncIterableIterator<Presence, undefined> {
  private readonly sent = new Map<string, string>();
  private readonly waiting = new Set<string>();
  private readonly stopListening: () => void;
  private isDone = false;
  private wake: (() => void) | undefined;
  private settle: ((result: Result) => void) | undefined;

  constructor(
    private readonly service: PresenceService,
    private readonly userIds: ReadonlySet<string>,
  ) {
    this.stopListening = service.onMaybeChanged((userId) => {
      for (const id of userId === undefined ? userIds : [userId]) if (userIds.has(id)) this.waiting.add(id);
      if (this.waiting.size > 0) this.wake?.();
    });
  }

  async start(): Promise<void> {
    try {
      await Promise.all(
        [...this.userIds].map(async (id) => this.sent.set(id, stateOf(await this.service.presenceOf(id)))),
      );
    } catch (error) {
      this.stopListening();
      throw error;
    }
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Not to be called again before the last call has settled. */
  next(): Promise<Result> {
    if (this.isDone) return Promise.resolve(DONE);
    return new Promise((resolve, reject) => {
      this.settle = resolve; // return() settles a pending next() at once
      this.take().then(resolve, reject);
    });
  }

  private async take(): Promise<Result> {
    while (!this.isDone) {
      const [userId] = this.waiting;
      if (userId === undefined) {
        await new Promise<void>((resolve) => (this.wake = resolve));
        continue;
      }
      this.waiting.delete(userId);
      // If Redis does not answer, skip the change. When it is back, all accounts are read again.
      const presence = await this.service.presenceOf(userId).catch(() => undefined);
      if (!presence || this.sent.get(userId) === stateOf(presence)) continue;
      this.sent.set(userId, stateOf(presence));
      return { done: false, value: presence };
    }
    return DONE;
  }

  return(): Promise<Result> {
    if (!this.isDone) {
      this.isDone = true;
      this.stopListening();
      this.wake?.();
      this.settle?.(DONE);
    }
    return Promise.resolve(DONE);
  }

  throw(): Promise<Result> {
    return this.return();
  }
}
