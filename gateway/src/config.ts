/** The gateway's settings. `SUPERGRAPH_PATH` and `PORT` are enough to serve any Federation 2 supergraph. Nothing else reads the environment. */
import { redisVariable } from '@chat/kit/redis-address';
import { fallbackVariables } from '@chat/kit/auth/derived-keys';
import { z } from 'zod';
import { booleanVariable, EQUAL_EVERYWHERE, integerVariable, listVariable, loadConfig } from '@chat/kit/config';
import { parseSubgraphUrls, type SubgraphUrls } from './execution/subgraph-urls';
import type { DocumentLimits } from './limits/document-limits';
import type { RateLimits } from './limits/rate-limiter';
import type { StudioAccount } from './transports/http/apollo-front';
import type { LiveSettings } from './transports/live-transports';

const nameOf = (item: string) => item.slice(0, item.indexOf('='));

/** Parses `name=value,name=value` into a record. */
const pairsVariable = () =>
  listVariable()
    .refine((items) => items.every((item) => item.indexOf('=') > 0), 'must be comma-separated name=value pairs')
    .refine((items) => new Set(items.map(nameOf)).size === items.length, 'must not have a name twice')
    .transform((items) => Object.fromEntries(items.map((item) => [nameOf(item), item.slice(item.indexOf('=') + 1)])));

/** Parses `prefix=url,prefix=url`, in which a prefix may come several times, into a record of lists. */
const routesVariable = () =>
  listVariable()
    .refine(
      (items) => items.every((item) => item.startsWith('/api/v1/') && isOrigin(item.slice(item.indexOf('=') + 1))),
      'must be comma-separated /api/v1/prefix=http://host:port pairs',
    )
    .transform((items) => {
      const routes: Record<string, string[]> = {};
      for (const item of items) (routes[nameOf(item)] ??= []).push(item.slice(item.indexOf('=') + 1));
      return routes;
    });

const isOrigin = (url: string) => /^https?:\/\//.test(url) && URL.canParse(url);

/** Parses `name=url,name=url`, in which a name may come several times. */
const urlsVariable = () =>
  listVariable().transform((items, context): SubgraphUrls => {
    const parsed = parseSubgraphUrls(items);
    if ('urls' in parsed) return parsed.urls;
    for (const message of parsed.problems) context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

export const gatewayVariables = z.object({
  NODE_ENV: z
    .enum(['development', 'test', 'production'])
    .default('development')
    .describe('production hides suggestions in errors, and the schema unless INTROSPECTION is set'),
  HOST: z.string().default('127.0.0.1').describe('address to listen on'),
  PORT: integerVariable(0, 65_535).default(4000).describe('port to listen on; 0 picks a free one'),
  SUPERGRAPH_PATH: z
    .string()
    .default('schema/supergraph.graphql')
    .describe('file with the composed supergraph; reloaded on change'),
  SUBGRAPH_URLS: urlsVariable()
    .default({})
    .describe(
      'name=url,…: addresses of subgraphs; override those in the supergraph. A name that comes several times has several instances, which are balanced and probed',
    ),
  SUBGRAPH_CA: pairsVariable()
    .default({})
    .describe('name=file,…: CA certificates (PEM) to trust for a subgraph, instead of the default ones'),
  SUBGRAPH_CERT: pairsVariable().default({}).describe('name=file,…: client certificate (PEM) for a subgraph'),
  SUBGRAPH_KEY: pairsVariable().default({}).describe('name=file,…: private key (PEM) for SUBGRAPH_CERT'),
  SUBGRAPH_TIMEOUT_MS: integerVariable(1, 600_000)
    .default(10_000)
    .describe('deadline for the complete response of a subgraph, milliseconds'),
  SUBGRAPH_MAX_BYTES: integerVariable(1_024).default(67_108_864).describe('maximum size of a subgraph response, bytes'),
  SUBGRAPH_CONNECTIONS: integerVariable(1, 10_000)
    .default(128)
    .describe('maximum number of connections to each subgraph'),
  REST_ROUTES: routesVariable()
    .default({})
    .describe(
      '/api/v1/prefix=http://host:port,…: REST routes to forward; the longest prefix wins. A prefix that comes several times has several instances, which take turns and replace each other',
    ),
  SECRET_KEY: z
    .string()
    .min(32)
    .optional()
    .describe('at least 32 characters, signs tokens and viewer headers; without it, tokens are not verified')
    .meta(EQUAL_EVERYWHERE),
  ...fallbackVariables,
  TOKEN_INTROSPECTION_URL: listVariable()
    .refine((urls) => urls.length > 0 && urls.every(isOrigin), 'must be comma-separated http://host:port URLs')
    .optional()
    .describe(
      'identity, http://host:port,…: verifies API keys, and all tokens while Redis is unavailable; without it, no API key is valid. If one address fails, the next one is asked',
    ),
  REDIS_URL: redisVariable()
    .optional()
    .describe(
      'Redis, redis://host:port, or by Sentinel, redis+sentinel://host1,host2/master; without it, limits and caches are in memory, for each gateway alone',
    )
    .meta(EQUAL_EVERYWHERE),
  REDIS_PREFIX: z
    .string()
    .default('')
    .describe('prefix of every key and channel, for installations that share a Redis')
    .meta(EQUAL_EVERYWHERE),
  CORS_ORIGINS: listVariable()
    .default([])
    .describe('web origins allowed to call from a browser; https://studio.apollographql.com for Apollo Studio'),
  INTROSPECTION: booleanVariable()
    .optional()
    .describe('whether clients may query the schema, and GraphiQL is served; on by default, except in production'),
  TRUSTED_PROXIES: integerVariable(0, 10)
    .default(0)
    .describe('number of proxies in front that append to X-Forwarded-For; 0 ignores the header'),
  RATE_LIMIT_PER_MINUTE: integerVariable(0)
    .default(100)
    .describe(
      'operations per minute for each account, including its API keys, and each anonymous network; housekeeping is counted apart; 0 turns both limits off',
    ),
  RATE_LIMIT_HOUSEKEEPING_PER_MINUTE: integerVariable(0)
    .optional()
    .describe(
      'housekeeping operations per minute (typing, presence, read markers, drafts, resubscribing, token refresh), likewise; six times RATE_LIMIT_PER_MINUTE by default; 0 is off',
    ),
  MAX_DEPTH: integerVariable(0).default(15).describe('maximum nesting of fields; 0 is off'),
  MAX_ALIASES: integerVariable(0).default(30).describe('maximum number of aliases in an operation; 0 is off'),
  MAX_ROOT_FIELDS: integerVariable(0).default(20).describe('maximum number of root fields in an operation; 0 is off'),
  MAX_SELECTIONS: integerVariable(1, 100_000)
    .default(2_000)
    .describe(
      'maximum number of fields and fragments in an operation; fragments count each time they are spread; cannot be off',
    ),
  MAX_DIRECTIVES: integerVariable(0).default(50).describe('maximum number of directives in a document; 0 is off'),
  MAX_TOKENS: integerVariable(0).default(2_000).describe('maximum number of lexical tokens in a document; 0 is off'),
  MAX_COST: integerVariable(0)
    .default(5_000)
    .describe('maximum static cost of an operation, including list sizes; 0 is off'),
  DEFAULT_LIST_SIZE: integerVariable(1)
    .default(10)
    .describe('assumed size of a list if neither the schema nor an argument gives one'),
  MAX_BODY_BYTES: integerVariable(1_024).default(1_048_576).describe('maximum request body, bytes'),
  MAX_BATCH: integerVariable(1, 1_000)
    .default(10)
    .describe('maximum number of operations in an HTTP batch; 1 refuses batches'),
  PERSISTED_OPERATIONS_PATH: z
    .string()
    .optional()
    .describe('JSON file with operation texts, by SHA-256 hash or as a list; no other operation is executed then'),
  LIVE_CONNECTIONS_PER_USER: integerVariable(0)
    .default(50)
    .describe('maximum number of WebSockets and event streams per account, over all gateways of one Redis; 0 is off'),
  LIVE_CONNECTIONS_PER_ADDRESS: integerVariable(0)
    .default(1_000)
    .describe('maximum number of WebSockets and event streams per network, over all gateways of one Redis; 0 is off'),
  SUBSCRIPTIONS_PER_CONNECTION: integerVariable(1)
    .default(200)
    .describe('maximum number of subscriptions per connection'),
  SUBSCRIPTION_QUEUE_EVENTS: integerVariable(1)
    .default(1_000)
    .describe('results queued for a slow client, per subscription; beyond that, the subscription ends'),
  SUBSCRIPTION_QUEUE_BYTES: integerVariable(1_024)
    .default(1_048_576)
    .describe('bytes queued for a slow client, per subscription; beyond that, the subscription ends'),
  SUBSCRIPTION_MEMORY_EVENTS: integerVariable(1)
    .default(64)
    .describe('events of the last minute kept per resumable stream, for clients that reconnect'),
  SUBSCRIPTION_MEMORY_BYTES: integerVariable(1_024)
    .default(262_144)
    .describe('bytes of recent events kept per resumable stream'),
  LIVE_INIT_TIMEOUT_MS: integerVariable(100).default(3_000).describe('deadline for connection_init, milliseconds'),
  LIVE_PING_INTERVAL_MS: integerVariable(1_000)
    .default(30_000)
    .describe('interval of WebSocket pings; a socket that is silent until the next ping is closed, milliseconds'),
  LIVE_HEARTBEAT_MS: integerVariable(1_000)
    .default(5_000)
    .describe('interval of heartbeats on event streams and multipart responses, milliseconds'),
  LIVE_IDLE_TIMEOUT_MS: integerVariable(1_000)
    .default(600_000)
    .describe('idle timeout of a WebSocket or event stream without operations, milliseconds'),
  LIVE_DRAIN_MS: integerVariable(0)
    .default(5_000)
    .describe('time over which clients are disconnected on shutdown, milliseconds'),
  RESPONSE_CACHE: booleanVariable().default(true).describe('whether responses are cached as @cacheControl allows'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('minimum log level'),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url()
    .optional()
    .describe('OpenTelemetry collector (OTLP over HTTP); without it, tracing is off'),
  APOLLO_KEY: z
    .string()
    .optional()
    .describe('with APOLLO_GRAPH_REF, usage reports are sent to Apollo Studio; without it, nothing is sent'),
  APOLLO_GRAPH_REF: z.string().optional().describe('graph@variant of the usage reports'),
  APOLLO_USAGE_REPORTING_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('receiver of usage reports, http://host:port; Apollo by default'),
});

export type GatewayConfig = z.output<typeof gatewayVariables>;

/** @throws ConfigError with every problem. */
export function loadGatewayConfig(env: NodeJS.ProcessEnv = process.env): GatewayConfig {
  return loadConfig(gatewayVariables, env);
}

/** The receiver of usage reports; undefined if none are sent. */
export function studioAccount(config: GatewayConfig): StudioAccount | undefined {
  const { APOLLO_KEY: key, APOLLO_GRAPH_REF: graphRef, APOLLO_USAGE_REPORTING_ENDPOINT: endpoint } = config;
  return key && graphRef ? { key, graphRef, endpoint } : undefined;
}

/** The limits for documents. */
export function documentLimits(config: GatewayConfig): DocumentLimits {
  return {
    maxDepth: config.MAX_DEPTH,
    maxAliases: config.MAX_ALIASES,
    maxRootFields: config.MAX_ROOT_FIELDS,
    maxSelections: config.MAX_SELECTIONS,
    maxDirectives: config.MAX_DIRECTIVES,
    hasIntrospection: hasIntrospection(config),
  };
}

/** The budgets of an account or network. */
export function rateLimits(config: GatewayConfig): RateLimits {
  return { operations: config.RATE_LIMIT_PER_MINUTE, housekeeping: config.RATE_LIMIT_HOUSEKEEPING_PER_MINUTE };
}

/** The settings of the streaming transports. */
export function liveSettings(config: GatewayConfig): LiveSettings {
  return {
    maxPerUser: config.LIVE_CONNECTIONS_PER_USER,
    maxPerAddress: config.LIVE_CONNECTIONS_PER_ADDRESS,
    maxSubscriptionsPerConnection: config.SUBSCRIPTIONS_PER_CONNECTION,
    queue: { maxEvents: config.SUBSCRIPTION_QUEUE_EVENTS, maxBytes: config.SUBSCRIPTION_QUEUE_BYTES },
    memory: { maxEvents: config.SUBSCRIPTION_MEMORY_EVENTS, maxBytes: config.SUBSCRIPTION_MEMORY_BYTES },
    maxBodyBytes: config.MAX_BODY_BYTES,
    initTimeoutMs: config.LIVE_INIT_TIMEOUT_MS,
    pingIntervalMs: config.LIVE_PING_INTERVAL_MS,
    idleTimeoutMs: config.LIVE_IDLE_TIMEOUT_MS,
    heartbeatMs: config.LIVE_HEARTBEAT_MS,
    drainMs: config.LIVE_DRAIN_MS,
  };
}

/** Whether clients may query the schema. */
export function hasIntrospection({ INTROSPECTION, NODE_ENV }: GatewayConfig): boolean {
  return INTROSPECTION ?? NODE_ENV !== 'production';
}
