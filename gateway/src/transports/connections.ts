/** Who is connected to this gateway, however: counted against the limits, known to the hub and (through `presence`) to other gateways and processes. */
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

/** Where gateways and other processes see who is connected. */
export interface PresenceRecord {
  connected(userId: string, connectionId: string): void;
  disconnected(userId: string, connectionId: string): void;
  /** Whether this gateway may hold `own` connections of `key`, so that all gateways together hold at most `max`. Never rejects. */
  admits(key: string, own: number, max: number): Promise<boolean>;
  /** How many connections of `key` this gateway holds now. */
  holds(key: string, own: number): void;
}

export type Transport = 'websocket' | 'sse' | 'multipart';

const REFUSAL_LOG_MS = 60_000;

export class Connections {
  /** Account or address → how many connections, where they are limited. */
  private readonly counts = new Map<string, number>();
  private readonly ids = new WeakMap<LiveClient, string>();
  private lastId = 0;
  private refusalLoggedAt = 0;

  constructor(
    private readonly clients: LiveClients,
    private readonly limits: ConnectionLimits,
    private readonly metrics: SubscriptionMetrics,
    private readonly log: Logger,
    private readonly presence?: PresenceRecord,
  ) {}

  /**
   * Whether one more connection may come from an address, before anything is known of its user. It counts from then on;
   * call {@link left} when it is gone, whatever has become of it.
   */
  async enter(address: string | null): Promise<boolean> {
    if (address === null || (await this.take(addressKey(address), this.limits.maxPerAddress))) return true;
    this.logRefusal(address);
    return false;
  }

  left(address: string | null): void {
    if (address !== null) this.giveBack(addressKey(address), this.limits.maxPerAddress);
  }

  /** Call it once for each connection that is open, and {@link closed} when it is gone. */
  opened(transport: Transport): void {
    this.metrics.connections.inc({ transport });
  }

  closed(transport: Transport): void {
    this.metrics.connections.dec({ transport });
  }

  /** @returns why the client may not stay, or undefined; then call {@link remove} when it is gone. */
  async add(client: LiveClient): Promise<string | undefined> {
    const userId = client.viewer?.id;
    this.clients.add(client); // before anything is waited for, so that a session that ends meanwhile takes it along
    if (userId === undefined) return undefined;
    if (!(await this.take(userKey(userId), this.limits.maxPerUser))) {
      this.clients.remove(client);
      return 'Too many connections of this account';
    }
    const id = String(++this.lastId);
    this.ids.set(client, id);
    this.presence?.connected(userId, id);
    return undefined;
  }

  /** Ends what the client still holds. */
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

  /** Counts one more at once, so that those who come at the same time are counted too, and then asks what other gateways hold. */
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

  /** Behind a proxy that is not known as one, everybody seems to come from one address: the operator should hear of it, but not from each. */
  private logRefusal(address: string): void {
    const now = Date.now();
    if (now - this.refusalLoggedAt < REFUSAL_LOG_MS) return;
    this.refusalLoggedAt = now;
    this.log.warn(
      { address },
      'connections are refused: LIVE_CONNECTIONS_PER_ADDRESS; behind a proxy, set TRUSTED_PROXIES',
    );
  }
}

const userKey = (userId: string) => `user:${userId}`;
const addressKey = (address: string) => `address:${networkOf(address)}`;
