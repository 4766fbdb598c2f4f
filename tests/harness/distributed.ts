/**
 * The distributed system as real processes on free ports: gateways with their own subgraph processes, over shared servers. Behind a proxy
 * (see behind-proxy.ts) there are two of each, and both gateways call all subgraph processes.
 */
import { TestProcess } from '@chat/kit/testing/test-process';
import { SUBGRAPH_NAMES } from '../../scripts/subgraphs';
import { behindProxy, COPIES, planSite } from './behind-proxy';
import { startProxy } from './proxies';

export interface DistributedOptions {
  databaseUrl: string;
  redisUrl: string;
  redisPrefix: string;
  /** The database's address for the n-th process of a subgraph; `databaseUrl` by default. For proxies between the two. */
  databaseUrlOf?: (subgraph: string, index: number) => string | undefined;
  /** Other addresses of the same Redis by kind of process: `gateway`, or a subgraph's name. */
  redisUrlOf?: Readonly<Record<string, string>>;
  /** The address at which the n-th gateway calls a subgraph's process; its own by default. For proxies between the two. */
  route?: (subgraph: string, index: number, url: string) => Promise<string>;
  /** The number of each kind of process; the n-th gateway calls the n-th process of each subgraph. Behind a proxy, two. */
  copies: number;
  /** The subgraphs that run; all by default. Operations on the others fail. A process takes seconds of processor time to start. */
  only?: readonly string[];
  /** Further variables for all processes. */
  env?: Record<string, string>;
}

/** Accounts and chat, for {@link DistributedOptions.only}. */
export const CHAT: readonly string[] = ['identity', 'messaging'];

export interface Distributed extends AsyncDisposable {
  /** `http://…/graphql` of each gateway; behind a proxy, `https://…/graphql` of the proxy instead of each. */
  urls: string[];
  /** `http://…/graphql` of each gateway itself. */
  ownUrls: string[];
  gateways: TestProcess[];
  /** By subgraph name. */
  subgraphs: Record<string, TestProcess[]>;
  /** The output of all processes. */
  output(): string;
  /** The page of metrics of each process. */
  metrics(): Promise<string[]>;
  /** Stops the n-th process of a subgraph gracefully, runs `meanwhile`, and restarts it at the same address. */
  restart(subgraph: string, index: number, meanwhile: () => Promise<unknown>): Promise<void>;
  /** Starts another gateway over the first subgraph processes, with further variables. @returns its `http://…/graphql` */
  addGateway(env?: Record<string, string>): Promise<string>;
  /** Sends a signal to the gateway at this `http://…/graphql`. */
  signalGateway(url: string, signal: NodeJS.Signals): void;
  /** Kills the gateway at this `http://…/graphql`. */
  killGateway(url: string): Promise<void>;
  /** Stops the gateway at this `http://…/graphql` gracefully, and restarts it at the same address. */
  restartGateway(url: string): Promise<void>;
  /** Stops all gateways gracefully, runs `meanwhile`, and restarts them at the same addresses. */
  restartGateways(meanwhile?: () => Promise<unknown>): Promise<void>;
}

const LISTENING = /"url":"([^"]+)","msg":"listening"/;
const READY = /"msg":"ready"/;

export async function startDistributed(options: DistributedOptions): Promise<Distributed> {
  let processes = new AsyncDisposableStack();
  await using started = processes;
  const names = options.only ?? SUBGRAPH_NAMES;
  const proxyName = behindProxy();
  const site = proxyName && (await planSite(names));
  const env = {
    DATABASE_URL: options.databaseUrl,
    REDIS_URL: options.redisUrl,
    REDIS_PREFIX: options.redisPrefix,
    SECRET_KEY: 'a secret of the end-to-end tests, 32 characters',
    RATE_LIMIT_PER_MINUTE: '0',
    BCRYPT_COST: '4',
    PORT: '0',
    ...site?.shared,
    ...options.env,
  };
  const start = (args: string[], more: Record<string, string> = {}) =>
    processes.use(new TestProcess({ args, env: { ...env, ...more } }));
  const redisOf = (kind: string) => ({ REDIS_URL: options.redisUrlOf?.[kind] ?? options.redisUrl });
  const copies = Array.from({ length: site ? COPIES : options.copies }, (_, index) => index);
  const serversOf = (name: string, index: number) => ({
    DATABASE_URL: options.databaseUrlOf?.(name, index) ?? options.databaseUrl,
    ...redisOf(name),
    ...site?.of(name, index),
  });

  const subgraphs = Object.fromEntries(
    names.map((name) => [
      name,
      copies.map((index) => start([`subgraphs/${name}/src/main.ts`], serversOf(name, index))),
    ]),
  );
  const addresses = await Promise.all(
    copies.map(async (index) => {
      const pairs = names.map(async (name) => {
        const process = subgraphs[name]![index]!;
        const [, url] = await process.waitFor(LISTENING);
        await process.waitFor(READY);
        return `${name}=${(await options.route?.(name, index, url!)) ?? url}`;
      });
      return (await Promise.all(pairs)).join(',');
    }),
  );
  const subgraphsOf = (index: number): Record<string, string> => {
    if (site) return {};
    const SUBGRAPH_URLS = addresses[index]!;
    return { SUBGRAPH_URLS, TOKEN_INTROSPECTION_URL: /identity=([^,]+)/.exec(SUBGRAPH_URLS)![1]! };
  };
  const startGateway = (index: number, more: Record<string, string> = {}) =>
    start(['gateway/src/main.ts'], { ...subgraphsOf(index), ...redisOf('gateway'), ...more });
  const urlOf = async (gateway: TestProcess) => (await gateway.waitFor(LISTENING))[1]!;
  const gateways = copies.map((index) => startGateway(index, site?.of('gateway', index)));
  const urls = await Promise.all(gateways.map(urlOf));
  const gatewayAt = new Map(urls.map((url, index) => [url, gateways[index]!]));
  if (site) processes.use(await startProxy(proxyName, [urls[0]!, urls[1]!], site.proxyPort));

  const running = (processes = started.move());
  const allProcesses = () => [...gatewayAt.values(), ...Object.values(subgraphs).flat()];
  const stopGateway = async (url: string) => {
    const gateway = gatewayAt.get(url)!;
    gateway.signal('SIGTERM');
    await gateway.exited;
  };
  const startGatewayAt = async (url: string) => {
    const gateway = startGateway(Math.max(0, urls.indexOf(url)), { PORT: new URL(url).port });
    gatewayAt.set(url, gateway);
    await urlOf(gateway);
  };
  return {
    urls: site ? urls.map(() => `${site.shared['PUBLIC_URL']}/graphql`) : urls,
    ownUrls: urls,
    gateways,
    subgraphs,
    output: () =>
      allProcesses()
        .map(({ output }) => output)
        .join(''),
    metrics: () =>
      Promise.all(
        allProcesses().map(async (process) => {
          const [, url] = await process.waitFor(LISTENING);
          return (await fetch(new URL('/metrics', url))).text();
        }),
      ),
    async restart(name, index, meanwhile) {
      const before = subgraphs[name]![index]!;
      const [, url] = await before.waitFor(LISTENING);
      before.signal('SIGTERM');
      await before.exited;
      await meanwhile();
      const after = running.use(
        new TestProcess({
          args: [`subgraphs/${name}/src/main.ts`],
          env: { ...env, ...serversOf(name, index), PORT: new URL(url!).port },
        }),
      );
      subgraphs[name]![index] = after;
      await after.waitFor(READY);
    },
    async addGateway(env) {
      const gateway = startGateway(0, env);
      const url = await urlOf(gateway);
      gatewayAt.set(url, gateway);
      return url;
    },
    signalGateway: (url, signal) => gatewayAt.get(url)!.signal(signal),
    async killGateway(url) {
      const gateway = gatewayAt.get(url)!;
      gateway.signal('SIGKILL');
      await gateway.exited;
    },
    async restartGateway(url) {
      await stopGateway(url);
      await startGatewayAt(url);
    },
    async restartGateways(meanwhile) {
      await Promise.all(urls.map(stopGateway));
      await meanwhile?.();
      await Promise.all(urls.map(startGatewayAt));
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
