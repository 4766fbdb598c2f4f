/**
 * The proxy that `npm run test:proxies` puts in front of every system of the end-to-end tests, and the settings of the processes behind
 * it: those of docs/operations/processes.md.
 */
import { freePort } from '@chat/kit/process/free-port';
import { createTestDatabase, type TestDatabase } from '@chat/kit/testing/test-database';
import { TestProcess } from '@chat/kit/testing/test-process';
import { PROXIES, type ProxyName } from './proxies';

/** Copies of each process behind a proxy. */
export const COPIES = 2;

/** Paths of HTTP that subgraphs serve, by subgraph. */
const ROUTES: Record<string, string> = {
  messaging: '/api/v1/hooks',
  files: '/api/v1/files',
  rooms: '/api/v1/rooms',
  plugins: '/api/v1/plugins',
};

/** By BEHIND_PROXY. @throws if that is no name of a proxy */
export function behindProxy(): ProxyName | undefined {
  const given = process.env['BEHIND_PROXY'];
  if (!given) return undefined;
  const name = PROXIES.find((proxy) => proxy === given);
  if (!name) throw new Error(`BEHIND_PROXY must be one of ${PROXIES.join()}, and not "${given}".`);
  return name;
}

/** A database after `npm run db:migrate`, which comes before the first start of the processes. */
export const migratedDatabase = (): Promise<TestDatabase> =>
  createTestDatabase('migrated', async (DATABASE_URL) => {
    await using migration = new TestProcess({ args: ['scripts/migrate.ts'], env: { DATABASE_URL } });
    const { code } = await migration.exited;
    if (code !== 0) throw new Error(`The migration failed:\n${migration.output}`);
  });

export interface Site {
  /** Of TLS, on 127.0.0.1. */
  proxyPort: number;
  /** The variables that all processes share. */
  shared: Record<string, string>;
  /** Those of the n-th process of a kind, `gateway` or a subgraph's name. */
  of(kind: string, index: number): Record<string, string>;
}

/** Ports and settings for {@link COPIES} gateways and as many processes of each subgraph. */
export async function planSite(names: readonly string[]): Promise<Site> {
  const ports: Record<string, number[]> = {};
  for (const kind of ['gateway', ...names])
    ports[kind] = await Promise.all(Array.from({ length: COPIES }, () => freePort()));
  const address = (kind: string, index: number) => `http://127.0.0.1:${ports[kind]![index]}`;
  const each = (prefix: string, kind: string, path: string) =>
    ports[kind]!.map((_, index) => `${prefix}=${address(kind, index)}${path}`);
  const proxyPort = await freePort();
  const routes = names.filter((name) => name in ROUTES).flatMap((name) => each(ROUTES[name]!, name, ''));
  const gateway = address('gateway', 0);
  return {
    proxyPort,
    shared: {
      PUBLIC_URL: `https://127.0.0.1:${proxyPort}`,
      TRUSTED_PROXIES: '1',
      SUBGRAPH_URLS: names.flatMap((name) => each(name, name, '/graphql')).join(),
      TOKEN_INTROSPECTION_URL: ports['identity']!.map((_, index) => address('identity', index)).join(),
      ...(routes.length > 0 && { REST_ROUTES: routes.join() }),
      GATEWAY_URL: gateway,
      FILES_URL: gateway,
    },
    of(kind, index) {
      const asked = (variable: string, name: string) => ports[name] && { [variable]: address(name, index) };
      return {
        PORT: String(ports[kind]![index]),
        ...asked('MESSAGE_CHECK_URL', 'plugins'),
        ...asked('KNOWLEDGE_URL', 'knowledge'),
      };
    },
  };
}
