/**
 * One writer per upload, over all processes: leases in PostgreSQL. A request that waits asks the holder to stop, since the holder is often a
 * connection that its client has given up. If a process dies, its leases expire.
 */
import type { EntityManager } from '@chat/kit/database/database';
import { conflict } from '@chat/kit/errors';
import { newId } from '@chat/kit/ids';
import type { Logger } from '@chat/kit/logging';
import { ERRORS, type Lock, type Locker } from '@tus/server';
import { setTimeout as sleep } from 'node:timers/promises';
import { TusRefusal } from './tus.refusal';

const LEASE_SECONDS = 12;
const RENEW_MS = 1_000;
const POLL_MS = 50;
/** How long a request waits for the holder, in milliseconds. */
const PATIENCE_MS = 30_000;

const ACQUIRE = `insert into files.upload_locks (file_id, holder, until) values (?, ?, now() + interval '${LEASE_SECONDS} s')
  on conflict (file_id) do update set holder = excluded.holder, until = excluded.until, is_wanted = false
  where upload_locks.until < now() returning holder`;
const RENEW = `update files.upload_locks set until = now() + interval '${LEASE_SECONDS} s'
  where file_id = ? and holder = ? returning is_wanted`;

interface Held {
  holder: string;
  /** Asks the holder to stop. */
  release: () => void;
  timer: NodeJS.Timeout;
}

export class UploadLocks implements Locker, AsyncDisposable {
  private readonly held = new Map<string, Held>();

  constructor(
    private readonly fork: () => EntityManager,
    private readonly log: Logger,
  ) {}

  /** For the tus server. */
  newLock(fileId: string): Lock {
    let unlock: (() => Promise<void>) | undefined;
    return {
      lock: async (signal, cancel) => {
        unlock = await this.acquire(fileId, () => void cancel(), signal);
      },
      unlock: async () => unlock?.(),
    };
  }

  /** Runs `work` while no one else writes the upload. @throws CONFLICT if the holder does not stop */
  async run<T>(fileId: string, work: () => Promise<T>): Promise<T> {
    const unlock = await this.acquire(fileId, () => undefined).catch((error: unknown) => {
      throw error instanceof TusRefusal ? conflict('The upload is still being written.') : error;
    });
    try {
      return await work();
    } finally {
      await unlock();
    }
  }

  private async acquire(fileId: string, release: () => void, signal?: AbortSignal): Promise<() => Promise<void>> {
    const holder = newId();
    const deadline = performance.now() + PATIENCE_MS;
    for (let isFirst = true; ; isFirst = false) {
      const [row] = await this.fork().execute<{ holder: string }[]>(ACQUIRE, [fileId, holder]);
      if (row) break;
      if (isFirst) await this.ask(fileId);
      if (signal?.aborted || performance.now() > deadline) throw new TusRefusal(ERRORS.ERR_LOCK_TIMEOUT);
      await sleep(POLL_MS);
    }
    const timer = setInterval(() => void this.renew(fileId, holder), RENEW_MS).unref();
    this.held.set(fileId, { holder, release, timer });
    return () => this.unlock(fileId, holder);
  }

  private async ask(fileId: string): Promise<void> {
    this.held.get(fileId)?.release();
    await this.fork().execute('update files.upload_locks set is_wanted = true where file_id = ?', [fileId]);
  }

  /** If the lease was lost, the holder stops. */
  private async renew(fileId: string, holder: string): Promise<void> {
    try {
      const [row] = await this.fork().execute<{ is_wanted: boolean }[]>(RENEW, [fileId, holder]);
      const held = this.held.get(fileId);
      if (held?.holder === holder && (!row || row.is_wanted)) held.release();
    } catch (error) {
      this.log.debug({ err: error }, 'the lock of an upload could not be renewed');
    }
  }

  private async unlock(fileId: string, holder: string): Promise<void> {
    const held = this.held.get(fileId);
    if (held?.holder === holder) {
      clearInterval(held.timer);
      this.held.delete(fileId);
    }
    await this.fork()
      .execute('delete from files.upload_locks where file_id = ? and holder = ?', [fileId, holder])
      .catch((error: unknown) => this.log.debug({ err: error }, 'the lock of an upload expires by itself'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.held].map(([fileId, { holder }]) => this.unlock(fileId, holder)));
  }
}
