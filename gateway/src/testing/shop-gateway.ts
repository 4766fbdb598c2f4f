/** A gateway over the shop, with in-process subgraphs, and plain HTTP requests to it. */
import { ACCESS_TOKEN } from '@chat/identity-client/sessions/access-token';
import { sign } from 'jsonwebtoken';
import { createGateway, type GatewayDeps } from '../create-gateway';
import { loadGatewayConfig } from '../config';
import { StaticSupergraphSource } from '../supergraph/source';
import { composeLocally, type LocalService } from './local-subgraphs';
import { SHOP } from './shop';

export const TEST_SECRET = 'a secret that is long enough for tests';

export interface ShopGateway extends AsyncDisposable {
  /** `http://…/graphql` */
  url: string;
  /** `http://…` */
  origin: string;
  source: StaticSupergraphSource;
  services: Map<string, LocalService>;
  /** POSTs one operation or a batch. */
  ask(body: unknown, headers?: Record<string, string>): Promise<Answer>;
  get(path: string, init?: RequestInit): Promise<Response>;
}

export interface Answer {
  status: number;
  headers: Headers;
  body: {
    data?: Record<string, unknown> | null;
    errors?: { message: string; path?: unknown[]; extensions: Record<string, unknown> }[];
    extensions?: Record<string, unknown>;
  };
}

/** `env` overrides quiet settings without a rate limit. */
export async function startShopGateway(
  env: Record<string, string> = {},
  deps: Partial<GatewayDeps> = {},
): Promise<ShopGateway> {
  const { sdl, services } = composeLocally(SHOP);
  const source = new StaticSupergraphSource(sdl);
  const config = loadGatewayConfig({ PORT: '0', LOG_LEVEL: 'silent', RATE_LIMIT_PER_MINUTE: '0', ...env });
  const subgraphs = [...services].map(([name, service]) => ({ name, service }));
  const gateway = await createGateway(config, { source, subgraphs, ...deps });
  const { origin } = new URL(gateway.url);
  return {
    url: gateway.url,
    origin,
    source,
    services,
    async ask(body, headers = {}) {
      const response = await fetch(gateway.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: JSON.parse(text) as Answer['body'] };
    },
    get: (path, init) => fetch(origin + path, init),
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  };
}

/** Signs an access token like identity. */
export function tokenOf(userId: string): string {
  return sign({ sid: `session of ${userId}`, roles: ['USER'], permissions: [] }, TEST_SECRET, {
    subject: userId,
    ...ACCESS_TOKEN,
    expiresIn: 60,
  });
}

/** Waits for Redis by a health check, since the start of a gateway does not. */
export async function redisIsThere(shop: ShopGateway): Promise<void> {
  expect((await shop.get('/health/detailed')).status).toBe(200);
}
