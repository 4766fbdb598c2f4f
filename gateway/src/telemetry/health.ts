/** Health of the gateway: readiness, and the state of its subgraphs and Redis. */
import type { Redis } from 'ioredis';
import { HEALTH_HEADER, type GraphQLService } from '@chat/kit/graphql/service';

export interface ComponentHealth {
  name: string;
  status: 'ok' | 'unavailable';
  /** Response time, in milliseconds. */
  latencyMs: number;
  /** A subgraph's own dependencies, such as PostgreSQL. */
  parts?: Record<string, ComponentHealth['status']>;
}

export interface HealthOptions {
  services: ReadonlyMap<string, GraphQLService>;
  redis?: Redis;
  /** Headers that subgraphs require: the signed anonymous viewer. */
  headers: () => Record<string, string>;
}

/** Deadline for each component, in milliseconds. */
const TIMEOUT_MS = 2_000;

export class Health {
  /** Set when shutdown begins, so that load balancers send no more traffic. */
  isDraining = false;

  private checking?: Promise<ComponentHealth[]>;

  constructor(private readonly options: HealthOptions) {}

  /** Checks all components. Concurrent calls share one check. Never rejects. */
  check(): Promise<ComponentHealth[]> {
    this.checking ??= this.ask().finally(() => (this.checking = undefined));
    return this.checking;
  }

  private ask(): Promise<ComponentHealth[]> {
    const { services, redis, headers } = this.options;
    const parts = [...services].map(([name, service]) => measure(name, (signal) => ping(service, headers(), signal)));
    if (redis) parts.unshift(measure('redis', async () => ((await redis.ping()) === 'PONG' ? {} : undefined)));
    return Promise.all(parts);
  }
}

/** The subgraph's dependencies, or undefined if it is unhealthy. A service that ignores the header is healthy if it returns data. */
async function ping(
  service: GraphQLService,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Record<string, boolean> | undefined> {
  const call = { headers: { ...headers, [HEALTH_HEADER]: '1' }, signal };
  const { data, extensions } = await service.execute({ query: '{__typename}' }, call);
  return data ? ((extensions?.health as Record<string, boolean> | undefined) ?? {}) : undefined;
}

async function measure(
  name: string,
  ask: (signal: AbortSignal) => Promise<Record<string, boolean> | undefined>,
): Promise<ComponentHealth> {
  const began = performance.now();
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const late = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  const answers = await Promise.race([ask(signal).catch(() => undefined), late]);
  const parts = Object.entries(answers ?? {});
  return {
    name,
    status: answers && parts.every(([, isOk]) => isOk) ? 'ok' : 'unavailable',
    latencyMs: Math.round(performance.now() - began),
    ...(parts.length > 0 && {
      parts: Object.fromEntries(parts.map(([part, isOk]) => [part, isOk ? 'ok' : 'unavailable'])),
    }),
  };
}
