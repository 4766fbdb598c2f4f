/**
 * Everybody who is connected, found by account and by session, and cut off when the token runs out or the session is
 * ended. What an account may do is not known here: changes are passed on to whoever asks the subgraphs.
 */
import type { Viewer } from '@chat/kit/auth/viewer';
import type { CutOff, LiveClient } from './live-client';

/** How often expired tokens are looked for, in milliseconds. */
const EXPIRY_TICK_MS = 250;

export class LiveClients implements Disposable {
  /** By account; those who have not logged in, by undefined. */
  private readonly byUser = new Map<string | undefined, Set<LiveClient>>();
  private readonly bySession = new Map<string, Set<LiveClient>>();
  /** Second in which tokens end → whose. */
  private readonly byExpiry = new Map<number, Set<LiveClient>>();
  private readonly ticker = setInterval(() => this.cutOffExpired(), EXPIRY_TICK_MS).unref();
  private checkedUntil = Math.floor(Date.now() / 1000) - 1;

  add(client: LiveClient): void {
    const { viewer } = client;
    put(this.byUser, viewer?.id, client);
    if (!viewer) return;
    put(this.bySession, viewer.sessionId, client);
    // A second that has been looked at will not be looked at again.
    put(this.byExpiry, Math.max(Math.ceil(viewer.expiresAt), this.checkedUntil + 1), client);
  }

  remove(client: LiveClient): void {
    const { viewer } = client;
    take(this.byUser, viewer?.id, client);
    if (!viewer) return;
    take(this.bySession, viewer.sessionId, client);
    take(this.byExpiry, Math.ceil(viewer.expiresAt), client);
    take(this.byExpiry, this.checkedUntil + 1, client);
  }

  /** Takes over a fresh token. @returns false where it is another account's: that needs another connection. */
  renew(client: LiveClient, viewer: Viewer): boolean {
    if (client.viewer?.id !== viewer.id) return false;
    this.remove(client);
    client.viewer = viewer;
    this.add(client);
    return true;
  }

  /** The clients of one account; all clients where `userId` is not given. */
  of(userId?: string): LiveClient[] {
    return userId === undefined
      ? [...this.byUser.values()].flatMap((clients) => [...clients])
      : [...(this.byUser.get(userId) ?? [])];
  }

  /** How many are connected. */
  get size(): number {
    let size = 0;
    for (const clients of this.byUser.values()) size += clients.size;
    return size;
  }

  /** Those of which somebody is connected. */
  sessionIds(): string[] {
    return [...this.bySession.keys()];
  }

  endSession(sessionId: string): void {
    this.cutOff(this.bySession.get(sessionId), 'revoked');
  }

  private cutOffExpired(): void {
    const now = Math.floor(Date.now() / 1000);
    while (this.checkedUntil < now) this.cutOff(this.byExpiry.get(++this.checkedUntil), 'expired');
  }

  private cutOff(clients: ReadonlySet<LiveClient> | undefined, why: CutOff): void {
    for (const client of [...(clients ?? [])]) {
      this.remove(client);
      client.onCutOff(why);
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.ticker);
  }
}

function put<Key>(index: Map<Key, Set<LiveClient>>, key: Key, client: LiveClient): void {
  const clients = index.get(key);
  if (clients) clients.add(client);
  else index.set(key, new Set([client]));
}

function take<Key>(index: Map<Key, Set<LiveClient>>, key: Key, client: LiveClient): void {
  const clients = index.get(key);
  if (clients?.delete(client) && clients.size === 0) index.delete(key);
}
