/** Who is connected to this gateway, however: counted against the limits, known to the hub and (through `presence`) to other processes. */
import type { Logger } from '@chat/kit/logging';
import type { LiveClient } from '../subscriptions/live-client';
import type { LiveClients } from '../subscriptions/live-clients';
import type { SubscriptionMetrics } from '../subscriptions/metrics';

export interface ConnectionLimits {
  /** Connections of one account to this gateway; 0 is off. */
  maxPerUser: number;
  /** Connections from one address to this gateway; 0 is off. */
  maxPerAddress: number;
}

/** Where other processes see who is connected. */
export interface PresenceRecord {
  connected(userId: string, connectionId: string): void;
  disconnected(userId: string, connectionId: string): void;
}

export type Transport = 'websocket' | 'sse' | 'multipart';

const REFUSAL_LOG_MS = 60_000;

export class Connections {
  private readonly byUser = new Map<string, number>();
  private readonly byAddress = new Map<string, number>();
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

  /** Whether one more connection may come from an address, before anything is known of its user. */
  hasRoomFor(address: string | null): boolean {
    const { maxPerAddress } = this.limits;
    if (maxPerAddress === 0 || address === null || (this.byAddress.get(address) ?? 0) < maxPerAddress) return true;
    this.logRefusal(address);
    return false;
  }

  /** Call it once for each connection that {@link hasRoomFor} let in, and {@link closed} when it is gone. */
  opened(address: string | null, transport: Transport): void {
    if (address !== null) count(this.byAddress, address, 1);
    this.metrics.connections.inc({ transport });
  }

  closed(address: string | null, transport: Transport): void {
    if (address !== null) count(this.byAddress, address, -1);
    this.metrics.connections.dec({ transport });
  }

  /** @returns why the client may not stay, or undefined. */
  add(client: LiveClient): string | undefined {
    const { maxPerUser } = this.limits;
    const userId = client.viewer?.id;
    if (userId !== undefined) {
      if (maxPerUser > 0 && (this.byUser.get(userId) ?? 0) >= maxPerUser) return 'Too many connections of this account';
      count(this.byUser, userId, 1);
      const id = String(++this.lastId);
      this.ids.set(client, id);
      this.presence?.connected(userId, id);
    }
    this.clients.add(client);
    return undefined;
  }

  /** Ends what the client still holds. */
  remove(client: LiveClient): void {
    this.clients.remove(client);
    for (const subscriber of [...client.subscribers]) subscriber.cancel();
    const userId = client.viewer?.id;
    const id = this.ids.get(client);
    if (userId === undefined || id === undefined) return;
    this.ids.delete(client);
    count(this.byUser, userId, -1);
    this.presence?.disconnected(userId, id);
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

function count(counts: Map<string, number>, key: string, change: 1 | -1): void {
  const now = (counts.get(key) ?? 0) + change;
  if (now > 0) counts.set(key, now);
  else counts.delete(key);
}
