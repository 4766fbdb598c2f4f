/**
 * Index of the connected clients by account and session. Cuts clients off when their token expires or their session is revoked.
 * Knows nothing of permissions: the hub asks the subgraphs.
 */
import type { Viewer } from '@chat/kit/auth/viewer';
import type { CutOff, LiveClient } from './live-client';

/** Interval of the check for expired tokens, in milliseconds. */
const EXPIRY_TICK_MS = 250;

export class LiveClients implements Disposable {
  /** By account id; anonymous clients by undefined. */
  private readonly byUser = new Map<string | undefined, Set<LiveClient>>();
  private readonly bySession = new Map<string, Set<LiveClient>>();
  /** Second of expiry → clients with such a token. */
  private readonly byExpiry = new Map<number, Set<LiveClient>>();
  private readonly ticker = setInterval(() => this.cutOffExpired(), EXPIRY_TICK_MS).unref();

  add(client: LiveClient): void {
    const { viewer } = client;
    put(this.byUser, viewer?.id, client);
    if (!viewer) return;
    put(this.bySession, viewer.sessionId, client);
    put(this.byExpiry, Math.ceil(viewer.expiresAt), client);
  }

  remove(client: LiveClient): void {
    const { viewer } = client;
    take(this.byUser, viewer?.id, client);
    if (!viewer) return;
    take(this.bySession, viewer.sessionId, client);
    take(this.byExpiry, Math.ceil(viewer.expiresAt), client);
  }

  /** Takes over a new token. @returns false if it is another account's, which needs another connection. */
  renew(client: LiveClient, viewer: Viewer): boolean {
    if (client.viewer?.id !== viewer.id) return false;
    this.remove(client);
    client.viewer = viewer;
    this.add(client);
    return true;
  }

  /** The clients of one account, or all clients without `userId`. */
  of(userId?: string): LiveClient[] {
    return userId === undefined
      ? [...this.byUser.values()].flatMap((clients) => [...clients])
      : [...(this.byUser.get(userId) ?? [])];
  }

  /** Number of connected clients. */
  get size(): number {
    let size = 0;
    for (const clients of this.byUser.values()) size += clients.size;
    return size;
  }

  /** Sessions with at least one connected client. */
  sessionIds(): string[] {
    return [...this.bySession.keys()];
  }

  endSession(sessionId: string): void {
    this.cutOff(this.bySession.get(sessionId), 'revoked');
  }

  /** Looks at all seconds and not only at those since the last look, as the clock may have been set back. */
  private cutOffExpired(): void {
    const now = Math.floor(Date.now() / 1000);
    for (const [second, clients] of this.byExpiry) if (second <= now) this.cutOff(clients, 'expired');
  }

  private cutOff(clients: ReadonlySet<LiveClient> | undefined, reason: CutOff): void {
    for (const client of [...(clients ?? [])]) {
      this.remove(client);
      client.onCutOff(reason);
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
