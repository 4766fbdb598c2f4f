/** The servers and files that a gateway uses, opened as its settings say. What it does with them is in `create-gateway.ts`. */
import { readFile } from 'node:fs/promises';
import type { ViewerHeader } from '@chat/kit/auth/viewer-header';
import type { Logger } from '@chat/kit/logging';
import { closeRedis, connectRedis, connectRedisSubscriber, type Redis } from '@chat/kit/redis';
import type { GatewayConfig } from './config';
import type { HttpServiceOptions } from './execution/http-service';
import { MemoryTextStore, RedisTextStore, type TextStore } from './execution/response-cache';
import type { Safelist } from './limits/safelist';
import { RedisQueryStore, safelistStore, type QueryStore } from './transports/http/query-stores';

/** A client of identity, if its URLs and the secret are known. */
export function atIdentity<Asking>(
  asking: (urls: readonly string[], viewerHeader: ViewerHeader) => Asking,
  { TOKEN_INTROSPECTION_URL: urls }: GatewayConfig,
  viewerHeader: ViewerHeader | undefined,
): Asking | undefined {
  return urls && viewerHeader ? asking(urls, viewerHeader) : undefined;
}

export interface RedisClients {
  commands: Redis;
  subscriber: Redis;
}

/** Pause between two pings of the connection that hears access changes, in milliseconds. See AccessBeats for what it bounds. */
const PULSE_MS = 100;

export function openRedis(config: GatewayConfig, log: Logger, parts: AsyncDisposableStack): RedisClients | undefined {
  if (!config.REDIS_URL) {
    log.warn('REDIS_URL is not set: limits and caches are in memory, for this gateway alone');
    return undefined;
  }
  return {
    commands: parts.adopt(connectRedis(config.REDIS_URL, log), closeRedis),
    subscriber: parts.adopt(connectRedisSubscriber(config.REDIS_URL, log, { pulseMs: PULSE_MS }), closeRedis),
  };
}

export function textStore(redis: RedisClients | undefined, { REDIS_PREFIX }: GatewayConfig): TextStore {
  return redis ? new RedisTextStore(redis.commands, REDIS_PREFIX) : new MemoryTextStore();
}

/** With a safelist, its operations only; else Redis. Without Redis, Apollo Server keeps persisted queries in memory. */
export function queryStore(
  redis: RedisClients | undefined,
  safelist: Safelist | undefined,
  { REDIS_PREFIX }: GatewayConfig,
  log: Logger,
): QueryStore | undefined {
  if (safelist) return safelistStore(safelist);
  return redis && new RedisQueryStore(redis.commands, REDIS_PREFIX, log);
}

/** @throws if a file is missing. */
export async function readTls(config: GatewayConfig): Promise<Record<string, HttpServiceOptions['tls']>> {
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
