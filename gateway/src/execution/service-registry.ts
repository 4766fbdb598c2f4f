/** The services of the current supergraph's subgraphs: function calls within this process, HTTP for other processes. */
import type { Logger } from '@chat/kit/logging';
import type { GraphQLService } from '@chat/kit/graphql/service';
import type { SupergraphSource } from '../supergraph/source';
import type { Supergraph } from '../supergraph/supergraph';
import { BalancedService, type InstanceParts, type Probe } from './balanced-service';
import { HttpService, type HttpServiceOptions } from './http-service';
import { InstanceProbe } from './instance-probe';
import type { SubgraphUrls } from './subgraph-urls';

/** The subscription part of a subgraph's connection. It lives as long as the HTTP part. */
export interface SubscriptionLink extends AsyncDisposable {
  subscribe: GraphQLService['subscribe'];
}

export interface ServiceRegistryOptions {
  source: SupergraphSource;
  /** Subgraphs in this process, by name. They take precedence over URLs. */
  local: ReadonlyMap<string, GraphQLService>;
  /** Subgraph name → URLs of its instances. Override the URLs of the supergraph. */
  urls: SubgraphUrls;
  tls: Readonly<Record<string, HttpServiceOptions['tls']>>;
  timeoutMs: number;
  maxAnswerBytes: number;
  connections: number;
  /** Opens the subscription part; called for each subgraph that is reached over HTTP. */
  link: (url: string, tls: HttpServiceOptions['tls']) => SubscriptionLink;
  /** Wraps each service, for metrics and traces. */
  observe?: (name: string, service: GraphQLService) => GraphQLService;
  log: Logger;
}

interface Remote extends AsyncDisposable {
  /** The URLs as one text, to compare. */
  address: string;
  service: GraphQLService;
  /** Absent for a single instance, which is not probed. */
  balancer?: BalancedService;
}

export class ServiceRegistry implements AsyncDisposable {
  /** Always current: a new supergraph's subgraphs are added before the first operation is planned with it. */
  readonly services = new Map<string, GraphQLService>();
  private readonly remotes = new Map<string, Remote>();
  private readonly stopWatching: () => void;

  constructor(private readonly options: ServiceRegistryOptions) {
    this.update(options.source.current);
    this.stopWatching = options.source.onChange((supergraph) => this.update(supergraph));
  }

  /** The instances of the subgraphs that have several. */
  get instances(): { subgraph: string; all: number; ready: number }[] {
    return [...this.remotes].flatMap(([subgraph, { balancer }]) => (balancer ? { subgraph, ...balancer.counts } : []));
  }

  private update(supergraph: Supergraph): void {
    const { local, urls, observe = (_name, service) => service, log } = this.options;
    for (const [name, composedUrl] of supergraph.subgraphs) {
      const inProcess = local.get(name);
      if (inProcess) {
        if (this.services.has(name)) continue;
        this.services.set(name, observe(name, inProcess));
        if (urls[name]) log.warn({ subgraph: name }, 'SUBGRAPH_URLS is not used for a subgraph in this process');
        continue;
      }
      const addresses = urls[name] ?? [composedUrl];
      const address = addresses.join(' ');
      if (this.remotes.get(name)?.address === address) continue;
      this.forget(name);
      const wrong = addresses.find((url) => !URL.canParse(url));
      if (wrong !== undefined) {
        log.error({ subgraph: name, url: wrong }, 'a subgraph has no URL; set it in SUBGRAPH_URLS');
        continue;
      }
      const remote = this.connect(name, addresses);
      log.info({ subgraph: name, urls: addresses, from: urls[name] ? 'SUBGRAPH_URLS' : 'supergraph' }, 'subgraph');
      this.remotes.set(name, remote);
      this.services.set(name, observe(name, remote.service));
    }
    for (const name of [...this.services.keys()]) if (!supergraph.subgraphs.has(name)) this.forget(name);
  }

  private connect(name: string, urls: readonly string[]): Remote {
    const address = urls.join(' ');
    const [first, ...others] = urls.map((url) => this.instance(name, url, urls.length > 1));
    if (others.length === 0) return Object.assign(first!, { address });
    const probe: Probe = (url, onResult) => new InstanceProbe({ url, tls: this.options.tls[name], onResult });
    const balancer = new BalancedService(name, [first!, ...others], probe, this.options.log);
    return { address, service: balancer, balancer, [Symbol.asyncDispose]: () => balancer[Symbol.asyncDispose]() };
  }

  private instance(name: string, url: string, isOneOfSeveral: boolean): InstanceParts {
    const { tls, timeoutMs, maxAnswerBytes, connections, link } = this.options;
    const live = link(url, tls[name]);
    const service = new HttpService({
      name,
      url,
      timeoutMs,
      maxAnswerBytes,
      connections,
      tls: tls[name],
      isOneOfSeveral,
      subscribe: (request, options) => live.subscribe(request, options),
    });
    return {
      url,
      service,
      async [Symbol.asyncDispose]() {
        await Promise.all([service[Symbol.asyncDispose](), live[Symbol.asyncDispose]()]);
      },
    };
  }

  /** Pending requests finish before the connections close. */
  private forget(name: string): void {
    this.services.delete(name);
    const remote = this.remotes.get(name);
    this.remotes.delete(name);
    remote?.[Symbol.asyncDispose]().then(undefined, (error: unknown) => {
      this.options.log.warn({ err: error, subgraph: name }, 'the connections to a former subgraph did not close');
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stopWatching();
    await Promise.all([...this.remotes.values()].map((remote) => remote[Symbol.asyncDispose]()));
    this.remotes.clear();
    this.services.clear();
  }
}
