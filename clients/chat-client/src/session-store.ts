/**
 * The session in the storage that all tabs share: the truth about it, and the exclusion of tabs that renew it. A BroadcastChannel tells
 * other tabs to read it again. Asks no server, and tells no listener of the application.
 */
import { startTimer } from './backoff.ts';
import { findLocks, type Locks, Marker, withLock } from './locks.ts';
import { parseEnd, parseSession, type StoredEnd, type StoredSession } from './session-tokens.ts';
import type { ClientStorage } from './storage.ts';

/** How long a tab waits for another one's refresh, in milliseconds. */
const LOCK_PATIENCE_MS = 20_000;

/** How long the storage may take to bring another tab's session here, in milliseconds. */
const STORAGE_MS = 1_000;

/** Tells other tabs to read the storage. */
interface NoticeChannel {
  postMessage(message: null): void;
  onmessage: (() => void) | null;
  close(): void;
}

export class SessionStore {
  private readonly locks: Locks | undefined;
  /** Names the refresh token that this tab has used last. */
  private readonly used: Marker;
  private readonly channel: NoticeChannel | undefined;

  /** @param onNotice called if another tab has written */
  constructor(
    private readonly storage: ClientStorage,
    private readonly key: string,
    onNotice: () => void,
  ) {
    if (storage.isShared) {
      this.locks = findLocks();
      this.channel = openChannel(key);
      if (this.channel) this.channel.onmessage = onNotice;
    }
    this.used = new Marker(this.locks);
  }

  get(): StoredSession | undefined {
    return parseSession(this.storage.getItem(this.key));
  }

  /** The reason why there is no session any more. */
  get end(): StoredEnd['ended'] {
    return parseEnd(this.storage.getItem(this.key));
  }

  put(session: StoredSession | StoredEnd): void {
    this.storage.setItem(this.key, JSON.stringify(session));
    this.channel?.postMessage(null);
  }

  /** Notes the id of an exchange before it is sent, if the session is still this one. Other tabs need not know it. */
  keepRefreshId(session: StoredSession, refreshId: string): void {
    if (this.get()?.refreshToken === session.refreshToken)
      this.storage.setItem(this.key, JSON.stringify({ ...session, refreshId }));
  }

  /** Runs `work` while no other tab runs its own. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    return withLock(this.locks, this.key, LOCK_PATIENCE_MS, work);
  }

  /** The session. If another tab has used its refresh token already, waits for the session that followed. Call it within {@link alone}. */
  async newest(): Promise<StoredSession | undefined> {
    const before = this.get();
    if (!before || !(await this.used.isAnnounced(this.nameOf(before)))) return before;
    for (let waited = 0; waited < STORAGE_MS; waited += STORAGE_MS / 50) {
      if (this.get()?.refreshToken !== before.refreshToken) break;
      await new Promise<void>((passed) => startTimer(STORAGE_MS / 50, passed));
    }
    return this.get();
  }

  /** Tells all tabs that the session's refresh token is used. Call it within {@link alone}. */
  markUsed(session: StoredSession): Promise<void> {
    return this.used.announce(this.nameOf(session));
  }

  dispose(): void {
    this.used.end();
    this.channel?.close();
  }

  private nameOf({ refreshToken }: StoredSession): string {
    return `${this.key}:used:${refreshToken}`;
  }
}

/** Undefined if the environment has none. */
function openChannel(name: string): NoticeChannel | undefined {
  const { BroadcastChannel } = globalThis as unknown as { BroadcastChannel?: new (name: string) => NoticeChannel };
  if (!BroadcastChannel) return undefined;
  const channel = new BroadcastChannel(name);
  // In Node, an open channel would keep the process alive.
  (channel as { unref?(): void }).unref?.();
  return channel;
}
