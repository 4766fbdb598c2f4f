/** Mutual exclusion across the tabs of a browser by Web Locks. Without Web Locks (no HTTPS, an old browser) there is none across tabs. */

/** The part of the DOM's `LockManager` that this package needs. */
export interface Locks {
  request<T>(
    name: string,
    options: { signal?: AbortSignal; ifAvailable?: boolean; steal?: boolean },
    run: (lock: object | null) => Promise<T>,
  ): Promise<T>;
  query(): Promise<{ held?: { name?: string }[] }>;
}

/** Undefined if this environment has none. */
export function findLocks(): Locks | undefined {
  return (globalThis as { navigator?: { locks?: Locks } }).navigator?.locks;
}

/** Patience is counted in this many waits, since sleep of the computer ends one wait at most, and not the patience. */
const WAITS = 20;

/**
 * Runs `run` under the lock. After `patienceMs` steals the lock, so that a hung tab blocks no others. Tabs that lose patience at the
 * same time still run one after another.
 */
export async function withLock<T>(
  locks: Locks | undefined,
  name: string,
  patienceMs: number,
  run: () => Promise<T>,
): Promise<T> {
  if (!locks) return run();
  return new Promise<T>((resolve, reject) => {
    let hasBegun = false;
    const begin = async () => {
      hasBegun = true;
      await run().then(resolve, reject);
    };
    const request = async (lock: string, ms: number, work: () => Promise<void>) => {
      for (let wait = 0; wait < WAITS && !hasBegun; wait++) {
        const signal = AbortSignal.timeout(ms / WAITS);
        // A lock that another tab steals is rejected, too, and its work continues.
        await locks.request(lock, { signal }, work).catch(() => undefined);
      }
    };
    void (async () => {
      await request(name, patienceMs / 2, begin);
      await request(`${name}:impatient`, 2 * patienceMs, async () => {
        // Meanwhile another tab may have stolen the lock from the one that hung.
        await request(name, patienceMs / 2, begin);
        if (!hasBegun) await locks.request(name, { steal: true }, begin);
      });
      if (!hasBegun) await begin();
    })();
  });
}

/**
 * A name that this tab announces to all others at once, until it announces another one. A browser brings `localStorage` to its other
 * processes with a delay, but locks have one order in all of them.
 */
export class Marker {
  private release: () => void = () => undefined;

  constructor(private readonly locks: Locks | undefined) {}

  async announce(name: string): Promise<void> {
    this.release();
    if (!this.locks) return;
    await new Promise<void>((granted) => {
      const hold = () => {
        granted();
        return new Promise<void>((release) => (this.release = release));
      };
      this.locks!.request(name, { ifAvailable: true }, (lock) => (lock ? hold() : Promise.resolve(granted()))).catch(
        () => granted(),
      );
    });
  }

  /** Whether any tab announces the name. */
  async isAnnounced(name: string): Promise<boolean> {
    const { held = [] } = (await this.locks?.query()) ?? {};
    return held.some((lock) => lock.name === name);
  }

  end(): void {
    this.release();
  }
}
