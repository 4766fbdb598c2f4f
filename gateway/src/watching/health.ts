/** Whether the gateway lives, is ready for traffic, and how the parts that it depends on are. */
import type { Redis } from 'ioredis';
import type { GraphQLService } from '@chat/kit/graphql/service';

export interface ComponentHealth {
  name: string;
  status: 'ok' | 'unavailable';
  /** How long it took to answer, in milliseconds. */
  latencyMs: number;
}

export interface HealthOptions {
  services: ReadonlyMap<string, GraphQLService>;
  redis?: Redis;
  /** Headers with which subgraphs answer: the signature of nobody. */
  headers: () => Record<string, string>;
}

/** How long a part has to answer before it counts as unavailable, in milliseconds. */
const TIMEOUT_MS = 2_000;

export class Health {
  /** Set when the gateway begins to close: traffic should go elsewhere. */
  isDraining = false;

  constructor(private readonly options: HealthOptions) {}

  /** Asks every part at once. Never rejects. */
  check(): Promise<ComponentHealth[]> {
    const { services, redis, headers } = this.options;
    const parts = [...services].map(([name, service]) => measure(name, (signal) => ping(service, headers(), signal)));
    if (redis) parts.unshift(measure('redis', async () => (await redis.ping()) === 'PONG'));
    return Promise.all(parts);
  }
}

/** Any answer without errors will do: it shows that the subgraph runs requests of ours. */
async function ping(service: GraphQLService, headers: Record<string, string>, signal: AbortSignal): Promise<boolean> {
  const { data } = await service.execute({ query: '{__typename}' }, { headers, signal });
  return data !== undefined && data !== null;
}

async function measure(name: string, ask: (signal: AbortSignal) => Promise<boolean>): Promise<ComponentHealth> {
  const began = performance.now();
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const late = new Promise<boolean>((resolve) => {
    signal.addEventListener('abort', () => resolve(false), { once: true });
  });
  const isOk = await Promise.race([ask(signal).catch(() => false), late]);
  return { name, status: isOk ? 'ok' : 'unavailable', latencyMs: Math.round(performance.now() - began) };
}
