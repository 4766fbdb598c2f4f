/** Health of the gateway: readiness, and the state of its subgraphs and Redis. docs/health.md says what each page means. */
import type { Probes, Readiness } from '@chat/kit/telemetry/probe-pages';
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
  registries: Probes['registries'];
}

/** Deadline for each component, in milliseconds. */
const TIMEOUT_MS = 2_000;

export class Health implements Probes {
  /** Set when shutdown begins, so that load balancers send no more traffic. */
  isDraining = false;
  readonly registries: Probes['registries'];

  /** Subgraphs that have reached PostgreSQL. One that is starting answers probes before it can do anything. */
  private readonly started = new Set<string>();
  private checking?: Promise<ComponentHealth[]>;
  private reaching?: Promise<boolean>;

  constructor(private readonly options: HealthOptions) {
    this.registries = options.registries;
  }

  /** A gateway is ready if it reaches at least one subgraph that has started. Concurrent calls share one check. */
  async readiness(): Promise<Readiness> {
    if (this.isDraining) return 'draining';
    this.reaching ??= this.reachesAny().finally(() => (this.reaching = undefined));
    return (await this.reaching) ? 'ok' : 'unavailable';
  }

  async details() {
    const components = await this.check();
    return { isOk: components.every(({ status }) => status === 'ok'), body: { components } };
  }

  /** Checks all components. Concurrent calls share one check. Never rejects. */
  check(): Promise<ComponentHealth[]> {
    this.checking ??= this.ask().finally(() => (this.checking = undefined));
    return this.checking;
  }

  private ask(): Promise<ComponentHealth[]> {
    const { services, redis } = this.options;
    const parts = [...services].map(([name, service]) => measure(name, (signal) => this.ping(name, service, signal)));
    if (redis) parts.unshift(measure('redis', async () => ((await redis.ping()) === 'PONG' ? {} : undefined)));
    return Promise.all(parts);
  }

  private async reachesAny(): Promise<boolean> {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const { promise: late, resolve: expire } = Promise.withResolvers<boolean>();
    signal.addEventListener('abort', () => expire(false), { once: true });
    const pings = [...this.options.services].map(async ([name, service]) => {
      const isReached = (await this.ping(name, service, signal)) !== undefined;
      if (!isReached || !this.started.has(name)) throw new Error(`${name} is not there yet.`);
      return true;
    });
    return Promise.race([Promise.any(pings).catch(() => false), late]);
  }

  private async ping(name: string, service: GraphQLService, signal: AbortSignal) {
    const parts = await ping(service, this.options.headers(), signal);
    if (parts && parts['postgresql'] !== false) this.started.add(name);
    return parts;
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
