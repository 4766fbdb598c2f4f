/** The client connections of this gateway over all transports: counts them against the limits and announces them to the hub and to `presence`. */
import type { Logger } from '@chat/kit/logging';
import type { LiveClient } from '../subscriptions/live-client';
import type { LiveClients } from '../subscriptions/live-clients';
import { networkOf } from '@chat/kit/auth/address';
import type { SubscriptionMetrics } from '../subscriptions/metrics';

export interface ConnectionLimits {
  /** Connections of one account; 0 is off. */
  maxPerUser: number;
  /** Connections from one address; 0 is off. */
  maxPerAddress: number;
}

/** The shared registry of connections, for other gateways and processes. */
export interface PresenceRecord {
  /** Unique among the gateways of the installation. */
  readonly gatewayId: string;
  connected(userId: string, connectionId: string): void;
  disconnected(userId: string, connectionId: string): void;
  /** Whether all gateways together hold at most `max` connections of `key` if this one holds `own`. Never rejects. */
  admits(key: string, own: number, max: number): Promise<boolean>;
  /** Records that this gateway now holds `own` connections of `key`. */
  holds(key: string, own: number): void;
}

export type Transport = 'websocket' | 'sse' | 'multipart';

/** Pause between two log lines about refused connections, in milliseconds. */
const REFUSAL_LOG_MS = 60_000;

export class Connections {
  /** Account or address → number of connections. Holds limited keys only. */
  private readonly counts = new Map<string, number>();
  private readonly ids = new WeakMap<LiveClient, string>();
  private lastId = 0;
  private refusalLoggedAt = -Infinity;

  constructor(
    private readonly clients: LiveClients,
    private readonly limits: ConnectionLimits,
    private readonly metrics: SubscriptionMetrics,
    private readonly log: Logger,
    private readonly presence?: PresenceRecord,
  ) {}

  /**
   * Counts a connection from an address before its user is known. @returns false if the address has reached its limit. Otherwise
   * call {@link left} when the connection closes.
   */
  async enter(address: string | null): Promise<boolean> {
    if (address === null || (await this.take(addressKey(address), this.limits.maxPerAddress))) return true;
    this.logRefusal(address);
    return false;
  }

  left(address: string | null): void {
    if (address !== null) this.giveBack(addressKey(address), this.limits.maxPerAddress);
  }

  /** Call it once per open connection, and {@link closed} when it closes. */
  opened(transport: Transport): void {
    this.metrics.connections.inc({ transport });
  }

  closed(transport: Transport): void {
    this.metrics.connections.dec({ transport });
  }

  /** @returns the reason for a refusal, or undefined. Without a refusal, call {@link remove} when the client disconnects. */
  async add(client: LiveClient): Promise<string | undefined> {
    const userId = client.viewer?.id;
    this.clients.add(client); // before the first await, so that a session that ends meanwhile cuts this client off
    if (userId === undefined) return undefined;
    if (!(await this.take(userKey(userId), this.limits.maxPerUser))) {
      this.clients.remove(client);
      return 'Too many connections for this account';
    }
    const id = String(++this.lastId);
    this.ids.set(client, id);
    if (this.presence) {
      client.origin = { ...client.origin, connection: `${this.presence.gatewayId}/${id}` };
      this.presence.connected(userId, id);
    }
    return undefined;
  }

  /** Cancels the client's subscriptions and removes it. */
  remove(client: LiveClient): void {
    this.clients.remove(client);
    for (const subscription of [...client.subscriptions]) subscription.cancel();
    const userId = client.viewer?.id;
    const id = this.ids.get(client);
    if (userId === undefined || id === undefined) return;
    this.ids.delete(client);
    this.giveBack(userKey(userId), this.limits.maxPerUser);
    this.presence?.disconnected(userId, id);
  }

  /** Counts locally first, so that concurrent connections see each other, and then asks the registry about other gateways. */
  private async take(key: string, max: number): Promise<boolean> {
    if (max === 0) return true;
    const own = (this.counts.get(key) ?? 0) + 1;
    if (own > max) return false;
    this.counts.set(key, own);
    if (!this.presence || (await this.presence.admits(key, own, max))) return true;
    this.giveBack(key, max);
    return false;
  }

  private giveBack(key: string, max: number): void {
    if (max === 0) return;
    const own = (this.counts.get(key) ?? 0) - 1;
    if (own > 0) this.counts.set(key, own);
    else this.counts.delete(key);
    this.presence?.holds(key, own);
  }

  /** If TRUSTED_PROXIES is wrong, all clients seem to have one address. The operator needs one line about it, not thousands. */
  private logRefusal(address: string): void {
    const now = performance.now();
    if (now - this.refusalLoggedAt < REFUSAL_LOG_MS) return;
    this.refusalLoggedAt = now;
    this.log.warn(
      { address },
      'connections refused by LIVE_CONNECTIONS_PER_ADDRESS; behind a proxy, set TRUSTED_PROXIES',
    );
  }
}

const userKey = (userId: string) => `user:${userId}`;
const addressKey = (address: string) => `address:${networkOf(address)}`;
