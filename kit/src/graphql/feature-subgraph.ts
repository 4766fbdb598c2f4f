/** Puts a subgraph together from its features: schema, services, loaders, jobs, REST surfaces, retention, start and end. */
import type { GraphQLSchema } from 'graphql';
import type { NonEmptyArray } from 'type-graphql';
import type { Viewer } from '../auth/viewer';
import type { EntityManager } from '../database/database';
import { migrationsIn } from '../database/migrations-in';
import { poolOf } from '../database/prepared-statement';
import type { AnyStreamKind } from '../events/stream-kind';
import { Jobs } from '../jobs/jobs';
import { subgraphRegistry } from '../telemetry/subgraph-metrics';
import { buildSubgraph, type SubgraphDefinition } from './build-schema';
import type { FeatureContext } from './context';
import {
  loaderFactory,
  makeServices,
  mergeJobs,
  mergeStreams,
  type AnyFeature,
  type LoadersOf,
  type ServicesOf,
} from './feature';
import { mergePolicies } from './policy';
import { removalTask, REMOVE_EXPIRED, type FindDeletedAccounts } from './removal';
import { ReplicaReads } from './replica-reads';
import { RequestContext } from './request-context';
import { openRuntime, type Runtime, type SubgraphConfig } from './runtime';
import { SchemaService } from './schema-service';
import { ServiceInStart } from './service-in-start';
import type { Subgraph } from './subgraph';

/** Infrastructure that every subgraph gives its features. */
export interface BaseParts<Config extends SubgraphConfig> extends Omit<Runtime, 'health' | typeof Symbol.asyncDispose> {
  config: Config;
  /** A fresh unit of work. @throws SERVICE_UNAVAILABLE before the first migration has passed. */
  fork: () => EntityManager;
  jobs: Jobs;
  /** The stream kinds of all features. */
  streams: readonly AnyStreamKind[];
  /** Disposed of in reverse order when the subgraph ends. */
  disposal: AsyncDisposableStack;
}

/** The static part of a subgraph: schema and policy. */
export function defineSubgraph(name: string, features: readonly AnyFeature[]): SubgraphDefinition<never> {
  return {
    name,
    resolvers: features.flatMap((feature) => feature.resolvers ?? []) as NonEmptyArray<never>,
    orphanedTypes: features.flatMap((feature) => feature.types ?? []),
    references: Object.assign({}, ...features.map((feature) => feature.references)) as Record<string, never>,
    policy: mergePolicies(...features.flatMap((feature) => feature.policy ?? [])),
  };
}

export interface FeatureSubgraphOptions<
  Config extends SubgraphConfig,
  Features extends readonly AnyFeature[],
  Shared extends object,
  Context extends FeatureContext,
> {
  /** Made from the same features; see {@link defineSubgraph}. */
  definition: SubgraphDefinition<never>;
  config: Config;
  features: Features;
  /** The folder that holds the migrations, one file each. */
  migrations: string;
  /** Infrastructure of this subgraph beyond the base, made before any service. */
  share(base: BaseParts<Config>): Shared | Promise<Shared>;
  /** The members of a request's context that this subgraph adds to {@link FeatureContext}, its services and its loaders. */
  context(
    parts: BaseParts<Config> & Shared,
    headers: Record<string, string>,
    self: () => Context,
  ): Omit<Context, ContextBase>;
  /** Runs once PostgreSQL is migrated and before jobs start. */
  prepare?(parts: BaseParts<Config> & Shared): Promise<unknown>;
  /** The ids among `ids` whose accounts were deleted. The nightly removal deletes the rows of these accounts. */
  findDeletedAccounts?: FindDeletedAccounts;
  /** Jobs that run at once in this process; default 4. */
  concurrency?: number;
}

type ContextBase = keyof FeatureContext | 'services' | 'loaders';

export interface FeatureSubgraph<Parts, Services> extends Subgraph {
  parts: Parts;
  services: Services;
  isDisposed(): boolean;
}

export async function createFeatureSubgraph<
  Config extends SubgraphConfig,
  const Features extends readonly AnyFeature[],
  Shared extends object,
  Context extends FeatureContext & { services: ServicesOf<Features>; loaders: LoadersOf<Features> },
>(
  options: FeatureSubgraphOptions<Config, Features, Shared, Context>,
): Promise<FeatureSubgraph<BaseParts<Config> & Shared, ServicesOf<Features>>> {
  const { config, features, definition } = options;
  const { name } = definition;
  await using disposal = new AsyncDisposableStack();
  const runtime = disposal.use(
    await openRuntime(config, {
      name,
      entities: features.flatMap((feature) => feature.entities ?? []),
      migrations: migrationsIn(options.migrations),
    }),
  );
  const { database, log } = runtime;
  const fork = () => database.fork();
  const pool = () => database.pool();
  const jobs = new Jobs(name, database, log);
  const base: BaseParts<Config> = { ...runtime, config, fork, jobs, streams: mergeStreams(features), disposal };
  const shared = { ...base, ...(await options.share(base)) };
  const services = makeServices(features, shared) as ServicesOf<Features>;
  disposal.use(jobs); // ends before the services that its tasks use
  const parts = { ...shared, services };

  const contextParts = { log, feed: runtime.feed, fork };
  const makeLoaders = loaderFactory<LoadersOf<Features>>(features);
  const createContext = (viewer: Viewer | null, headers: Record<string, string>, em?: EntityManager): Context => {
    database.demandReady();
    const context: Context = Object.assign(
      new RequestContext(viewer, contextParts, em),
      options.context(shared, headers, () => context),
      { services },
    ) as unknown as Context;
    context.loaders = makeLoaders({ viewer, em: () => context.em, pool: em ? poolOf(em) : pool, parts });
    return context;
  };
  const schemaService = new SchemaService({
    schema: schemaOf(definition),
    viewerHeader: runtime.viewerHeader,
    health: () => runtime.health(),
    createContext,
    directMutations: new Map(features.flatMap((feature) => Object.entries(feature.directMutations?.(parts) ?? {}))),
    replicaReads: database.replicas.areThere ? new ReplicaReads(database.replicas, features) : undefined,
    log,
  });
  const service = new ServiceInStart(schemaService);
  const registry = subgraphRegistry({
    name,
    database,
    feed: runtime.feed,
    jobs,
    health: () => runtime.health(),
    gauges: features.flatMap((feature) => [...(feature.gauges?.(parts) ?? [])]),
  });
  const handlers = features.flatMap((feature) => feature.http?.(parts) ?? []);

  const running = disposal.move();
  return {
    name,
    service,
    parts: shared,
    services,
    isDisposed: () => running.disposed,
    async ready() {
      await database.ready(() => jobs.migrate());
      if (running.disposed) return;
      await options.prepare?.(shared);
      if (running.disposed) return;
      service.started();
      const { tasks, cron } = mergeJobs(features, parts);
      const removal = { [REMOVE_EXPIRED]: removalTask(name, features, parts, options.findDeletedAccounts) };
      await jobs.start(
        { ...tasks, ...removal },
        { concurrency: options.concurrency, cron: [...cron, `30 3 * * * ${REMOVE_EXPIRED}`] },
      );
      for (const feature of features) {
        if (running.disposed) return; // their connections are closing
        await feature.start?.(parts);
      }
    },
    health: () => runtime.health(),
    hasStarted: () => service.hasStarted,
    isPaced: (request) => schemaService.isPaced(request),
    isReady: async () => service.hasStarted && database.isHealthy(),
    registry,
    async handleHttp(request, response) {
      for (const handle of handlers) if (await handle(request, response)) return true;
      return false;
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

const schemas = new WeakMap<SubgraphDefinition<never>, GraphQLSchema>();

/** Built once for each definition: a schema holds no state of its subgraph, and building it takes most of a second. */
function schemaOf(definition: SubgraphDefinition<never>): GraphQLSchema {
  const schema = schemas.get(definition) ?? buildSubgraph(definition);
  schemas.set(definition, schema);
  return schema;
}
