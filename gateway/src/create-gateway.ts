/** Composition root of the gateway: from its settings, and from subgraphs in the same process, if any. */
import { readFile } from 'node:fs/promises';
import type { Subgraph } from '@chat/kit/graphql/subgraph';
import { watchAccessChanges } from '@chat/identity-client/access/access-changes';
import { ConnectionRegistry } from '@chat/identity-client/presence/connections';
import {
  httpEndedSessions,
  httpIntrospector,
  type EndedSessions,
  type TokenIntrospector,
} from '@chat/identity-client/sessions/introspection';
import { Revocations } from '@chat/identity-client/sessions/revocations';
import { AccessBeats } from '@chat/identity-client/access/access-beats';
import { RoleChanges } from '@chat/identity-client/access/role-changes';
import { VIEWER_HEADER, ViewerHeader } from '@chat/kit/auth/viewer-header';
import { createLogger, type Logger } from '@chat/kit/logging';
import { closeRedis, connectRedis, connectRedisSubscriber, whenListening, type Redis } from '@chat/kit/redis';
import { Authenticator } from './auth/authenticator';
import { IdentityCalls } from './auth/identity-calls';
import { findEnded, OutagePoller } from './auth/outage-poller';
import { documentLimits, hasIntrospection, liveSettings, studioAccount, type GatewayConfig } from './config';
import { MemoryTextStore, RedisTextStore, ResponseCache, type TextStore } from './execution/response-cache';
import { ServiceRegistry } from './execution/service-registry';
import type { HttpServiceOptions } from './execution/http-service';
import { checkDocument } from './limits/document-limits';
import { RateLimiter } from './limits/rate-limiter';
import { Safelist } from './limits/safelist';
import { PlanningThread } from './planning/planning-thread';
import { OperationPreparer } from './planning/prepare';
import { subscriptionMetrics } from './subscriptions/metrics';
import { UpstreamLink } from './subscriptions/upstream-link';
import { watchSupergraphFile, type SupergraphSource } from './supergraph/source';
import { ApolloFronts } from './transports/http/apollo-fronts';
import { Cors } from './transports/http/cors';
import { GatewayServer, onPath, pathOf, type Route, type Upgrade } from './transports/http/gateway-server';
import { clientOf } from './transports/http/client';
import { graphiqlRoute } from './transports/http/graphiql';
import { GraphQLHandler } from './transports/http/graphql-handler';
import { healthRoute } from './transports/http/health-route';
import { RedisQueryStore, safelistStore, type QueryStore } from './transports/http/query-stores';
import { RestForwarder } from './transports/http/rest-forwarder';
import { LiveTransports } from './transports/live-transports';
import { isOfEventStream } from './transports/sse/stream-handler';
import { RequestPipeline } from './operations/request-pipeline';
import { Admission } from './operations/admission';
import { GatewayMetrics } from './telemetry/gateway-metrics';
import { Health } from './telemetry/health';
import { observedService } from './telemetry/observed-service';
import { startTracing, traceOperation } from './telemetry/tracing';

export interface GatewayDeps {
  /** Subgraphs in this process. Others are called over HTTP. */
  subgraphs?: readonly Pick<Subgraph, 'name' | 'service' | 'handleHttp'>[];
  /** Source of the supergraph, instead of `SUPERGRAPH_PATH`. Disposed with the gateway. */
  source?: SupergraphSource;
  /** Token introspection, instead of `TOKEN_INTROSPECTION_URL`. */
  introspectToken?: TokenIntrospector;
  /** Lookup of ended sessions, likewise. */
  endedSessions?: EndedSessions;
  log?: Logger;
}

export interface Gateway extends AsyncDisposable {
  /** The endpoint: `http://host:port/graphql`. */
  readonly url: string;
}

/** How long the start waits for Redis before the gateway starts without it, in milliseconds. */
const REDIS_WAIT_MS = 2_000;

/** Minimum time that a client may leave a response unread, in milliseconds. */
const IDLE_MS = 120_000;

/** Resolves when the gateway listens. Disposing it drains: it accepts no new requests and finishes those in flight. */
export async function createGateway(config: GatewayConfig, deps: GatewayDeps = {}): Promise<Gateway> {
  const log = deps.log ?? createLogger('gateway', config.LOG_LEVEL);
  await using parts = new AsyncDisposableStack();

  const endpoint = config.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint) parts.use(startTracing(endpoint));
  const redis = openRedis(config, log, parts);
  const source = parts.use(deps.source ?? (await watchSupergraphFile(config.SUPERGRAPH_PATH, log)));
  const metrics = new GatewayMetrics();
  const { services } = parts.use(
    new ServiceRegistry({
      source,
      local: new Map(deps.subgraphs?.map(({ name, service }) => [name, service])),
      urls: config.SUBGRAPH_URLS,
      tls: await readTls(config),
      timeoutMs: config.SUBGRAPH_TIMEOUT_MS,
      maxAnswerBytes: config.SUBGRAPH_MAX_BYTES,
      connections: config.SUBGRAPH_CONNECTIONS,
      link: (url, tls) => new UpstreamLink({ url: url.replace(/^http/, 'ws'), clientOptions: tls }),
      observe: (name, service) => observedService(name, service, metrics, endpoint !== undefined),
      log,
    }),
  );
  const revocations =
    redis && config.SECRET_KEY
      ? parts.use(new Revocations(redis.commands, redis.subscriber, log, config.REDIS_PREFIX))
      : undefined;
  const roleChanges =
    redis && config.SECRET_KEY
      ? parts.use(new RoleChanges(redis.commands, redis.subscriber, log, config.REDIS_PREFIX))
      : undefined;
  if (!config.SECRET_KEY) log.warn('SECRET_KEY is not set: tokens are not verified and no viewer is forwarded');
  const viewerHeader = config.SECRET_KEY ? new ViewerHeader(config.SECRET_KEY) : undefined;
  const safelist = config.PERSISTED_OPERATIONS_PATH
    ? await Safelist.fromFile(config.PERSISTED_OPERATIONS_PATH)
    : undefined;
  const identity = new IdentityCalls(
    deps.introspectToken ?? atIdentity(httpIntrospector, config, viewerHeader),
    deps.endedSessions ?? atIdentity(httpEndedSessions, config, viewerHeader),
  );
  if (config.SECRET_KEY && !identity.introspect) {
    log.warn(
      'TOKEN_INTROSPECTION_URL is not set: ended sessions are accepted until Redis announces them or the token expires',
    );
  }
  const beats = redis && parts.use(new AccessBeats(redis.commands, redis.subscriber, log, config.REDIS_PREFIX));
  const authenticator = new Authenticator({
    secretKey: config.SECRET_KEY,
    revocations,
    isIdentityHeard: beats && (() => beats.isCurrent('identity')),
    introspect: identity.introspect,
    log,
  });
  const planningThread = parts.use(new PlanningThread());
  const admission = new Admission({
    source,
    preparer: new OperationPreparer({
      maxTokens: config.MAX_TOKENS || undefined,
      isTerse: config.NODE_ENV === 'production',
      check: (document, operation) => checkDocument(document, operation, documentLimits(config)),
      thread: planningThread,
      onPlan: (isCached) => metrics.planned(isCached),
    }),
    safelist,
    maxCost: config.MAX_COST,
    defaultListSize: config.DEFAULT_LIST_SIZE,
    isCaching: config.RESPONSE_CACHE,
    log,
  });
  const pipeline = new RequestPipeline({
    services,
    authenticator,
    viewerHeader,
    currentViewer: roleChanges && ((viewer) => (authenticator.isFresh(viewer) ? viewer : roleChanges.apply(viewer))),
    rateLimiter: new RateLimiter(config.RATE_LIMIT_PER_MINUTE, redis?.commands, config.REDIS_PREFIX),
    admission,
    maxCost: config.MAX_COST,
    cache: config.RESPONSE_CACHE ? new ResponseCache(textStore(redis, config), log) : undefined,
    metrics,
    isTraced: endpoint !== undefined,
    log,
  });
  const studio = studioAccount(config);
  if (config.APOLLO_KEY && !studio) log.warn('APOLLO_GRAPH_REF is not set: usage is not reported to Apollo Studio');
  const fronts = parts.use(
    await ApolloFronts.start(source, {
      pipeline,
      queryStore: queryStore(redis, safelist, config, log),
      maxTokens: config.MAX_TOKENS,
      isGetStrict: config.NODE_ENV === 'production',
      studio,
      log,
    }),
  );
  const cors = new Cors(config.CORS_ORIGINS);
  /** Without an identity process, nothing can change there, and its beats are not needed. */
  const unneededSource = () => (identity.isDown ? 'identity' : undefined);
  const presence = redis && parts.use(new ConnectionRegistry(redis.commands, log, config.REDIS_PREFIX));
  const live = new LiveTransports({
    source,
    services,
    pipeline,
    settings: liveSettings(config),
    metrics: subscriptionMetrics(metrics.registry),
    planningThread,
    presence,
    accessReceivedUntil: () => beats?.receivedUntil(unneededSource()) ?? Infinity,
    report: studio && ((request, outcome) => fronts.current.report(request, outcome)),
    trace: endpoint ? traceOperation : undefined,
    clientOf: (request) => clientOf(request, config.TRUSTED_PROXIES),
    isOriginAllowed: (origin, { headers }) => cors.allows(origin, headers.host),
    log,
  });
  if (redis) {
    const stop = watchAccessChanges(redis.subscriber, ({ userId }) => live.hub.recheck(userId), config.REDIS_PREFIX);
    parts.defer(stop);
  }
  if (beats) {
    const isDisconnected = () => !beats.isCurrentForAll(unneededSource());
    const pauseMs = () => live.hub.recheckPauseMs;
    parts.use(new OutagePoller({ isDisconnected, poll: () => live.hub.recheckIdle(), pauseMs, log }));
  }
  revocations?.onRevoked(({ sessionId }) => live.hub.endSession(sessionId));
  const { endedSessions } = identity;
  if (endedSessions) {
    const poll = () =>
      findEnded(live.hub.clients.sessionIds(), endedSessions, (sessionId) => live.hub.endSession(sessionId));
    parts.use(new OutagePoller({ isDisconnected: () => authenticator.mustIntrospect, poll, log }));
  }
  const health = new Health({
    services,
    redis: redis?.commands,
    headers: (): Record<string, string> => (viewerHeader ? { [VIEWER_HEADER]: viewerHeader.sign(null) } : {}),
  });
  const graphql = new GraphQLHandler({
    pipeline,
    stream: (request, response, admitted, call) => live.serve(request, response, admitted, call),
    front: () => fronts.current,
    isReporting: studio !== undefined,
    maxBodyBytes: config.MAX_BODY_BYTES,
    maxBatch: config.MAX_BATCH,
    trustedProxies: config.TRUSTED_PROXIES,
    log,
  });
  const rest = parts.use(
    new RestForwarder({
      local: deps.subgraphs?.flatMap((subgraph) => subgraph.handleHttp?.bind(subgraph) ?? []) ?? [],
      routes: config.REST_ROUTES,
      trustedProxies: config.TRUSTED_PROXIES,
      log,
    }),
  );
  const routes: Route[] = [
    (request, response) => cors.apply(request, response),
    graphiqlRoute(hasIntrospection(config)),
    onPath('/graphql', (request, response) =>
      isOfEventStream(request) ? live.handleStream(request, response) : graphql.handle(request, response),
    ),
    onPath('/graphql/stream', (request, response) => live.handleStream(request, response)),
    healthRoute(health, metrics.registry),
    rest.route,
  ];
  const upgrade: Upgrade = (request, socket, head) => {
    if (pathOf(request) !== '/graphql') return false;
    live.upgrade(request, socket, head);
    return true;
  };
  if (redis) await whenListening(redis.subscriber, REDIS_WAIT_MS);
  const server = parts.use(
    await GatewayServer.listen(
      { host: config.HOST, port: config.PORT, idleMs: idleMs(config) },
      { routes, upgrade, log },
    ),
  );
  parts.use(live); // added after the server, so that it drains while the server still responds
  parts.defer(() => void (health.isDraining = true));

  const running = parts.move();
  return { url: `${server.url}/graphql`, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** Longer than any wait for a subgraph or a heartbeat, so that no active connection counts as idle. */
function idleMs({ SUBGRAPH_TIMEOUT_MS, LIVE_HEARTBEAT_MS }: GatewayConfig): number {
  return Math.max(IDLE_MS, 2 * SUBGRAPH_TIMEOUT_MS, 2 * LIVE_HEARTBEAT_MS);
}

/** A client of identity, if its URL and the secret are known. */
function atIdentity<Asking>(
  asking: (url: string, viewerHeader: ViewerHeader) => Asking,
  { TOKEN_INTROSPECTION_URL: url }: GatewayConfig,
  viewerHeader: ViewerHeader | undefined,
): Asking | undefined {
  return url && viewerHeader ? asking(url, viewerHeader) : undefined;
}

interface RedisClients {
  commands: Redis;
  subscriber: Redis;
}

function openRedis(config: GatewayConfig, log: Logger, parts: AsyncDisposableStack): RedisClients | undefined {
  if (!config.REDIS_URL) {
    log.warn('REDIS_URL is not set: limits and caches are in memory, for this gateway alone');
    return undefined;
  }
  return {
    commands: parts.adopt(connectRedis(config.REDIS_URL, log), closeRedis),
    subscriber: parts.adopt(connectRedisSubscriber(config.REDIS_URL, log), closeRedis),
  };
}

function textStore(redis: RedisClients | undefined, { REDIS_PREFIX }: GatewayConfig): TextStore {
  return redis ? new RedisTextStore(redis.commands, REDIS_PREFIX) : new MemoryTextStore();
}

/** With a safelist, its operations only; else Redis. Without Redis, Apollo Server keeps persisted queries in memory. */
function queryStore(
  redis: RedisClients | undefined,
  safelist: Safelist | undefined,
  { REDIS_PREFIX }: GatewayConfig,
  log: Logger,
): QueryStore | undefined {
  if (safelist) return safelistStore(safelist);
  return redis && new RedisQueryStore(redis.commands, REDIS_PREFIX, log);
}

/** @throws if a file is missing. */
async function readTls(config: GatewayConfig): Promise<Record<string, HttpServiceOptions['tls']>> {
  const tls: Record<string, NonNullable<HttpServiceOptions['tls']>> = {};
  const files = [
    ['ca', config.SUBGRAPH_CA],
    ['cert', config.SUBGRAPH_CERT],
    ['key', config.SUBGRAPH_KEY],
  ] as const;
  for (const [part, paths] of files) {
    for (const [name, path] of Object.entries(paths)) (tls[name] ??= {})[part] = await readFile(path, 'utf8');
  }
  return tls;
}
