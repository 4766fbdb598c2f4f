/** Composition root of the gateway: from its settings, and from subgraphs in the same process, if any. */
import { secretOf } from '@chat/kit/auth/derived-keys';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Subgraph } from '@chat/kit/graphql/subgraph';
import { watchAccessChanges } from '@chat/identity-client/access/access-changes';
import { ConnectionRegistry } from '@chat/identity-client/presence/connections';
import {
  httpChangedRoles,
  httpEndedSessions,
  httpIntrospector,
  type EndedSessions,
  type FindChangedRoles,
  type TokenIntrospector,
} from '@chat/identity-client/sessions/introspection';
import { Revocations } from '@chat/identity-client/sessions/revocations';
import { AccessBeats } from '@chat/identity-client/access/access-beats';
import { RoleChanges } from '@chat/identity-client/access/role-changes';
import { VIEWER_HEADER, ViewerHeader } from '@chat/kit/auth/viewer-header';
import { createLogger, type Logger } from '@chat/kit/logging';
import { whenListening } from '@chat/kit/redis';
import { Authenticator } from './auth/authenticator';
import { IdentityCalls } from './auth/identity-calls';
import { MissedRoles } from './auth/missed-roles';
import { findEnded, OutagePoller } from './auth/outage-poller';
import {
  documentLimits,
  hasIntrospection,
  liveSettings,
  rateLimits,
  studioAccount,
  type GatewayConfig,
} from './config';
import { ResponseCache } from './execution/response-cache';
import { ServiceRegistry } from './execution/service-registry';
import { demandKnownSubgraphs } from './execution/subgraph-urls';
import { atIdentity, openRedis, queryStore, readTls, textStore } from './gateway-backends';
import { checkDocument } from './limits/document-limits';
import { Housekeeping } from './limits/housekeeping';
import { OperationMeter } from './limits/operation-meter';
import { RateLimiter } from './limits/rate-limiter';
import { Safelist } from './limits/safelist';
import { PlanningThread } from './planning/planning-thread';
import { OperationPreparer } from './planning/prepare';
import { refuseUnplannableFields } from './planning/unplannable-fields';
import { subscriptionMetrics } from './subscriptions/metrics';
import { UpstreamLink } from './subscriptions/upstream-link';
import { watchSupergraphFile, type SupergraphSource } from './supergraph/source';
import { ApolloFronts } from './transports/http/apollo-fronts';
import { Cors } from './transports/http/cors';
import { GatewayServer, onPath, pathOf, type Route, type Upgrade } from './transports/http/gateway-server';
import { clientOf } from './transports/http/client';
import { pageRoute, readTabs } from './transports/http/graphiql';
import { mailedPages } from './transports/http/mailed-pages';
import { GraphQLHandler } from './transports/http/graphql-handler';
import { healthRoute } from './transports/http/health-route';
import { RestForwarder } from './transports/http/rest-forwarder';
import { LiveTransports } from './transports/live-transports';
import { isOfEventStream } from './transports/sse/stream-handler';
import { RequestPipeline } from './operations/request-pipeline';
import { Admission } from './operations/admission';
import { GatewayMetrics } from './telemetry/gateway-metrics';
import { Health } from './telemetry/health';
import { observedService } from './telemetry/observed-service';
import { startTracing, traceOperation } from '@chat/kit/telemetry/tracing';

export interface GatewayDeps {
  /** Subgraphs in this process. Others are called over HTTP. */
  subgraphs?: readonly Pick<Subgraph, 'name' | 'service' | 'handleHttp' | 'registry'>[];
  /** Source of the supergraph, instead of `SUPERGRAPH_PATH`. Disposed with the gateway. */
  source?: SupergraphSource;
  /** Token introspection, instead of `TOKEN_INTROSPECTION_URL`. */
  introspectToken?: TokenIntrospector;
  /** Lookup of ended sessions, likewise. */
  endedSessions?: EndedSessions;
  /** Finds changed roles, likewise. */
  changedRoles?: FindChangedRoles;
  /** Whether the planning thread starts at once instead of with the first heavy operation. Default false, to keep tests small. */
  isPlanningWarm?: boolean;
  log?: Logger;
}

export interface Gateway extends AsyncDisposable {
  /** The endpoint: `http://host:port/graphql`. */
  readonly url: string;
}

/** How long the start waits for Redis before the gateway starts without it, in milliseconds. */
const REDIS_WAIT_MS = 2_000;

/** How long the start waits until tokens can be verified without a request to identity, in milliseconds. */
const IDENTITY_WAIT_MS = 2_000;

/** How long a gateway behind a proxy goes on accepting connections after its live clients have left, in milliseconds. */
const PROXY_DRAIN_MS = 1_500;

/** Minimum time that a client may leave a response unread, in milliseconds. */
const IDLE_MS = 120_000;

/** Resolves when the gateway listens. Disposing it drains: it accepts no new requests and finishes those in flight. */
export async function createGateway(config: GatewayConfig, deps: GatewayDeps = {}): Promise<Gateway> {
  const log = deps.log ?? createLogger('gateway', config.LOG_LEVEL);
  await using parts = new AsyncDisposableStack();

  const endpoint = config.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint) parts.use(await startTracing('gateway', endpoint));
  const redis = openRedis(config, log, parts);
  const source = parts.use(
    deps.source ?? (await watchSupergraphFile(config.SUPERGRAPH_PATH, log, refuseUnplannableFields)),
  );
  const { SUBGRAPH_URLS, SUBGRAPH_CA, SUBGRAPH_CERT, SUBGRAPH_KEY } = config;
  demandKnownSubgraphs({ SUBGRAPH_URLS, SUBGRAPH_CA, SUBGRAPH_CERT, SUBGRAPH_KEY }, source.current.subgraphs.keys());
  const metrics = new GatewayMetrics();
  const registry = parts.use(
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
  const { services } = registry;
  metrics.observeInstances(() => registry.instances);
  const revocations =
    redis && config.SECRET_KEY
      ? parts.use(new Revocations(redis.commands, redis.subscriber, log, config.REDIS_PREFIX))
      : undefined;
  const roleChanges =
    redis && config.SECRET_KEY
      ? parts.use(new RoleChanges(redis.commands, redis.subscriber, log, config.REDIS_PREFIX))
      : undefined;
  if (!config.SECRET_KEY) log.warn('SECRET_KEY is not set: tokens are not verified and no viewer is forwarded');
  const { SECRET_KEY, SECRET_KEY_FALLBACKS } = config;
  const secret = SECRET_KEY ? secretOf({ SECRET_KEY, SECRET_KEY_FALLBACKS }) : undefined;
  const viewerHeader = secret && new ViewerHeader(secret);
  const safelist = config.PERSISTED_OPERATIONS_PATH
    ? await Safelist.fromFile(config.PERSISTED_OPERATIONS_PATH)
    : undefined;
  const identity = new IdentityCalls(
    deps.introspectToken ?? atIdentity(httpIntrospector, config, viewerHeader),
    deps.endedSessions ?? atIdentity(httpEndedSessions, config, viewerHeader),
    deps.changedRoles ?? atIdentity(httpChangedRoles, config, viewerHeader),
  );
  if (config.SECRET_KEY && !identity.introspect) {
    log.warn(
      'TOKEN_INTROSPECTION_URL is not set: ended sessions are accepted until Redis announces them or the token expires',
    );
  }
  const beats = redis && parts.use(new AccessBeats(redis.commands, redis.subscriber, log, config.REDIS_PREFIX));
  const authenticator = new Authenticator({
    secret,
    revocations,
    identityHeardMs: beats && (() => beats.currentMs('identity')),
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
    meter: new OperationMeter(
      new RateLimiter(rateLimits(config), redis?.commands, config.REDIS_PREFIX),
      new Housekeeping(source),
    ),
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
  const cors = new Cors(config.CORS_ORIGINS, log);
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
    const connectedMs = () => beats.currentMsOfAll(unneededSource());
    const pauseMs = () => live.hub.recheckPauseMs;
    parts.use(new OutagePoller({ connectedMs, poll: () => live.hub.recheckIdle(), pauseMs, log }));
  }
  revocations?.onRevoked(({ sessionId }) => live.hub.endSession(sessionId));
  const { changedRoles, endedSessions } = identity;
  const connectedMs = () => authenticator.independentMs;
  if (endedSessions) {
    const poll = () =>
      findEnded(live.hub.clients.sessionIds(), endedSessions, (sessionId) => live.hub.endSession(sessionId));
    parts.use(new OutagePoller({ connectedMs, poll, log }));
  }
  if (changedRoles && roleChanges) {
    const missed = new MissedRoles(changedRoles, roleChanges, (userId) => live.hub.recheck(userId));
    parts.use(new OutagePoller({ connectedMs, poll: () => missed.poll(), log }));
  }
  const health = new Health({
    services,
    redis: redis?.commands,
    headers: (): Record<string, string> => (viewerHeader ? { [VIEWER_HEADER]: viewerHeader.sign(null) } : {}),
    registries: [metrics.registry, ...(deps.subgraphs?.flatMap(({ registry }) => registry ?? []) ?? [])],
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
    pageRoute(hasIntrospection(config), await readTabs(join(dirname(config.SUPERGRAPH_PATH), 'graphiql'))),
    onPath('/graphql', (request, response) =>
      isOfEventStream(request) ? live.handleStream(request, response) : graphql.handle(request, response),
    ),
    onPath('/graphql/stream', (request, response) => live.handleStream(request, response)),
    mailedPages,
    healthRoute(health),
    rest.route,
  ];
  const upgrade: Upgrade = (request, socket, head) => {
    if (pathOf(request) !== '/graphql') return false;
    live.upgrade(request, socket, head);
    return true;
  };
  if (redis) await whenListening(redis.subscriber, REDIS_WAIT_MS);
  // A restarted gateway gets requests from a proxy as soon as it listens.
  if (redis && config.SECRET_KEY && !deps.introspectToken) await authenticator.whenIndependent(IDENTITY_WAIT_MS);
  const server = parts.use(
    await GatewayServer.listen(
      { host: config.HOST, port: config.PORT, idleMs: idleMs(config) },
      { routes, upgrade, log },
    ),
  );
  // A proxy may send a request on an open connection just when it is closed, and may not repeat a POST. So connections run out first.
  if (config.TRUSTED_PROXIES > 0) parts.defer(() => sleep(PROXY_DRAIN_MS));
  parts.use(live); // added after the server, so that it drains while the server still responds
  parts.defer(() => {
    health.isDraining = true;
    server.startDraining();
  });

  if (deps.isPlanningWarm) {
    planningThread.warm(source.current);
    parts.defer(source.onChange((supergraph) => planningThread.warm(supergraph)));
  }

  const running = parts.move();
  return { url: `${server.url}/graphql`, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** Longer than any wait for a subgraph or a heartbeat, so that no active connection counts as idle. */
function idleMs({ SUBGRAPH_TIMEOUT_MS, LIVE_HEARTBEAT_MS }: GatewayConfig): number {
  return Math.max(IDLE_MS, 2 * SUBGRAPH_TIMEOUT_MS, 2 * LIVE_HEARTBEAT_MS);
}
