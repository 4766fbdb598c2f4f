/** The gateway's settings. `SUPERGRAPH_PATH` and `PORT` are enough to serve any Federation 2 supergraph; nothing else reads the environment. */
import { z } from 'zod';
import { booleanVariable, integerVariable, listVariable, loadConfig } from '@chat/kit/config';
import type { DocumentLimits } from './limits/document-limits';
import type { StudioAccount } from './transports/http/apollo-front';
import type { LiveSettings } from './transports/live-transports';

/** `name=value,name=value`, as a record. */
const pairsVariable = () =>
  listVariable()
    .refine((items) => items.every((item) => item.indexOf('=') > 0), 'must be name=value pairs, separated by commas')
    .transform((items) =>
      Object.fromEntries(items.map((item) => [item.slice(0, item.indexOf('=')), item.slice(item.indexOf('=') + 1)])),
    );

export const gatewayVariables = z.object({
  NODE_ENV: z
    .enum(['development', 'test', 'production'])
    .default('development')
    .describe('production hides suggestions in errors and, unless INTROSPECTION says otherwise, the schema'),
  HOST: z.string().default('127.0.0.1').describe('address to listen on'),
  PORT: integerVariable(0, 65_535).default(4000).describe('port to listen on; 0 takes a free one'),
  SUPERGRAPH_PATH: z.string().default('schema/supergraph.graphql').describe('the composed supergraph; watched'),
  SUBGRAPH_URLS: pairsVariable().default({}).describe('name=url,…: where subgraphs are, over what the supergraph says'),
  SUBGRAPH_CA: pairsVariable()
    .default({})
    .describe('name=file,…: certificates (PEM) to trust for a subgraph, instead of the usual ones'),
  SUBGRAPH_CERT: pairsVariable().default({}).describe('name=file,…: client certificate (PEM) to show to a subgraph'),
  SUBGRAPH_KEY: pairsVariable().default({}).describe('name=file,…: the private key (PEM) of SUBGRAPH_CERT'),
  SUBGRAPH_TIMEOUT_MS: integerVariable(1, 600_000)
    .default(10_000)
    .describe('longest wait for the whole answer of a subgraph, milliseconds'),
  SUBGRAPH_MAX_BYTES: integerVariable(1_024)
    .default(67_108_864)
    .describe('longest answer of a subgraph that is read, bytes'),
  SUBGRAPH_CONNECTIONS: integerVariable(1, 10_000).default(128).describe('connections to each subgraph at most'),
  REST_ROUTES: pairsVariable()
    .default({})
    .describe('/api/v1/prefix=http://host:port,…: what is not GraphQL, forwarded by the longest prefix'),
  SECRET_KEY: z
    .string()
    .min(32)
    .optional()
    .describe('at least 32 characters, the same for gateway and subgraphs; without it no token is verified'),
  TOKEN_INTROSPECTION_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'identity, http://host:port: asked about API keys, and about all tokens while Redis is away; without it no key is valid',
    ),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/ })
    .optional()
    .describe('Redis, redis://host:port; without it limits and caches are kept in memory, by each gateway alone'),
  REDIS_PREFIX: z.string().default('').describe('put before every key and channel, where installations share a Redis'),
  CORS_ORIGINS: listVariable()
    .default([])
    .describe('web origins that may call from a browser; https://studio.apollographql.com for Apollo Studio'),
  INTROSPECTION: booleanVariable()
    .optional()
    .describe('whether clients may ask for the schema, and GraphiQL is served; on, except in production'),
  TRUSTED_PROXIES: integerVariable(0, 10)
    .default(0)
    .describe('how many proxies in front append to X-Forwarded-For; 0 ignores that header'),
  RATE_LIMIT_PER_MINUTE: integerVariable(0)
    .default(100)
    .describe('operations per minute of each account, its API keys included, and each anonymous address; 0 is off'),
  MAX_DEPTH: integerVariable(0).default(15).describe('deepest nesting of fields; 0 is off'),
  MAX_ALIASES: integerVariable(0).default(30).describe('aliased fields in an operation; 0 is off'),
  MAX_ROOT_FIELDS: integerVariable(0).default(20).describe('root fields in an operation; 0 is off'),
  MAX_SELECTIONS: integerVariable(1, 100_000)
    .default(2_000)
    .describe('selected fields and fragments in an operation, as often as their fragments are spread; cannot be off'),
  MAX_DIRECTIVES: integerVariable(0).default(50).describe('directives in a document; 0 is off'),
  MAX_TOKENS: integerVariable(0).default(2_000).describe('lexical tokens in a document; 0 is off'),
  MAX_COST: integerVariable(0).default(5_000).describe('static cost of an operation, list sizes included; 0 is off'),
  DEFAULT_LIST_SIZE: integerVariable(1)
    .default(10)
    .describe('how many items a list is counted as where neither the schema nor an argument says'),
  MAX_BODY_BYTES: integerVariable(1_024).default(1_048_576).describe('largest request body, bytes'),
  MAX_BATCH: integerVariable(1, 1_000).default(10).describe('operations in one HTTP batch; 1 refuses batches'),
  PERSISTED_OPERATIONS_PATH: z
    .string()
    .optional()
    .describe('a JSON file of sha256 → operation text (or of texts); then nothing else is executed'),
  LIVE_CONNECTIONS_PER_USER: integerVariable(0)
    .default(50)
    .describe('open WebSockets and event streams of one account, at all gateways of one Redis together; 0 is off'),
  LIVE_CONNECTIONS_PER_ADDRESS: integerVariable(0)
    .default(1_000)
    .describe('open WebSockets and event streams from one address, at all gateways of one Redis together; 0 is off'),
  SUBSCRIPTIONS_PER_CONNECTION: integerVariable(1).default(200).describe('subscriptions that one connection may hold'),
  SUBSCRIPTION_QUEUE_EVENTS: integerVariable(1)
    .default(1_000)
    .describe('results that may wait for a client that reads slowly, per subscription; then it ends'),
  SUBSCRIPTION_QUEUE_BYTES: integerVariable(1_024)
    .default(1_048_576)
    .describe('bytes that may wait for a client that reads slowly, per subscription; then it ends'),
  SUBSCRIPTION_MEMORY_EVENTS: integerVariable(1)
    .default(64)
    .describe('events of the last minute kept of each resumable stream, for clients that come back'),
  SUBSCRIPTION_MEMORY_BYTES: integerVariable(1_024)
    .default(262_144)
    .describe('bytes of recent events kept of each resumable stream'),
  LIVE_INIT_TIMEOUT_MS: integerVariable(100).default(3_000).describe('wait for connection_init, milliseconds'),
  LIVE_PING_INTERVAL_MS: integerVariable(1_000)
    .default(30_000)
    .describe('between pings of a WebSocket; one that is silent until the next is ended, milliseconds'),
  LIVE_HEARTBEAT_MS: integerVariable(1_000)
    .default(5_000)
    .describe('between heartbeats of event streams and multipart responses, milliseconds'),
  LIVE_IDLE_TIMEOUT_MS: integerVariable(1_000)
    .default(600_000)
    .describe('a WebSocket or event stream without operations is closed after this, milliseconds'),
  LIVE_DRAIN_MS: integerVariable(0)
    .default(5_000)
    .describe('on shutdown, clients are sent away one by one within this, milliseconds'),
  RESPONSE_CACHE: booleanVariable().default(true).describe('whether answers that @cacheControl allows are kept'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('least severe level that is logged'),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url()
    .optional()
    .describe('OpenTelemetry collector (OTLP over HTTP); absent: no tracing'),
  APOLLO_KEY: z
    .string()
    .optional()
    .describe('sends usage reports to Apollo Studio, together with APOLLO_GRAPH_REF; absent: nothing is sent'),
  APOLLO_GRAPH_REF: z.string().optional().describe('graph@variant that usage reports are for'),
  APOLLO_USAGE_REPORTING_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('where usage reports are sent, http://host:port; absent: to Apollo'),
});

export type GatewayConfig = z.output<typeof gatewayVariables>;

/** @throws ConfigError with every problem. */
export function loadGatewayConfig(env: NodeJS.ProcessEnv = process.env): GatewayConfig {
  return loadConfig(gatewayVariables, env);
}

/** Where usage reports go; undefined where they go nowhere. */
export function studioAccount(config: GatewayConfig): StudioAccount | undefined {
  const { APOLLO_KEY: key, APOLLO_GRAPH_REF: graphRef, APOLLO_USAGE_REPORTING_ENDPOINT: endpoint } = config;
  return key && graphRef ? { key, graphRef, endpoint } : undefined;
}

/** What documents are measured against. */
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

/** What the live transports are given of it. */
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

/** Whether clients may see the schema. */
export function hasIntrospection({ INTROSPECTION, NODE_ENV }: GatewayConfig): boolean {
  return INTROSPECTION ?? NODE_ENV !== 'production';
}
