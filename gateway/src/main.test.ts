/** The gateway as a process: start, start-up errors and shutdown. */
// cspell:ignore peeple
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Subgraph } from '@chat/kit/graphql/subgraph';
import { serveSubgraph, type SubgraphServer } from '@chat/kit/graphql/subgraph-server';
import { createLogger } from '@chat/kit/logging';
import { TestProcess } from '@chat/kit/testing/test-process';
import { composeLocally, LocalService } from './testing/local-subgraphs';
import { SHOP } from './testing/shop';

const log = createLogger('test', 'silent');
const start = (env: Record<string, string>) => new TestProcess({ args: ['gateway/src/main.ts'], env });

let folder: string;
let supergraphPath: string;
let services: Map<string, LocalService>;
let servers: SubgraphServer[];

beforeAll(async () => {
  services = new Map(Object.entries(SHOP).map(([name, definition]) => [name, new LocalService(definition)]));
  servers = await Promise.all(
    [...services].map(([name, service]) => {
      const subgraph: Subgraph = {
        name,
        service,
        ready: async () => undefined,
        health: async () => ({}),
        [Symbol.asyncDispose]: async () => undefined,
      };
      return serveSubgraph(subgraph, { host: '127.0.0.1', port: 0, log });
    }),
  );
  const urls = Object.fromEntries([...services.keys()].map((name, index) => [name, servers[index]!.url]));
  folder = await mkdtemp(join(tmpdir(), 'gateway-'));
  supergraphPath = join(folder, 'supergraph.graphql');
  await writeFile(supergraphPath, composeLocally(SHOP, urls).sdl);
});

afterAll(async () => {
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  await rm(folder, { recursive: true });
});

const ask = async (url: string, query: string) => {
  const headers = { 'content-type': 'application/json' };
  return (await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) })).json();
};

test('it starts with a supergraph and a port, and warns about missing settings', async () => {
  await using gateway = start({ SUPERGRAPH_PATH: supergraphPath, PORT: '0' });
  const [, url] = await gateway.waitFor(/"url":"([^"]+)"/);
  expect(await ask(url!, '{ products(first: 2) { name rating reviews(first: 1) { author { name } } } }')).toEqual({
    data: {
      products: [
        { name: 'Product p1', rating: 2.5, reviews: [{ author: { name: 'Author a1' } }] },
        { name: 'Product p2', rating: 2.5, reviews: [{ author: { name: 'Author a2' } }] },
      ],
    },
  });
  expect(gateway.output).toContain('SECRET_KEY is not set');
  expect(gateway.output).toContain('REDIS_URL is not set');
});

test('on SIGTERM it finishes requests in flight and exits with 0', async () => {
  await using gateway = start({ SUPERGRAPH_PATH: supergraphPath, PORT: '0' });
  const [, url] = await gateway.waitFor(/"url":"([^"]+)"/);
  const people = services.get('people')!;
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const execute = jest.spyOn(people, 'execute').mockImplementation(async () => {
    arrive();
    await released;
    return { data: { me: { name: 'late' } } };
  });
  const answer = ask(url!, '{ me { name } }');
  await arrived;
  gateway.signal('SIGTERM');
  release();
  expect(await answer).toEqual({ data: { me: { name: 'late' } } });
  expect(await gateway.exited).toEqual({ code: 0, signal: null });
  execute.mockRestore();
});

test('all invalid settings are reported together', async () => {
  const gateway = start({ PORT: 'http', MAX_DEPTH: '-1', SECRET_KEY: 'short', SUBGRAPH_URLS: 'people' });
  expect(await gateway.exited).toEqual({ code: 1, signal: null });
  for (const name of ['PORT', 'MAX_DEPTH', 'SECRET_KEY', 'SUBGRAPH_URLS'])
    expect(gateway.output).toContain(`- ${name}:`);
});

test('wrong names and doubled addresses of subgraphs are reported', async () => {
  const wrong: Record<string, string>[] = [
    { SUPERGRAPH_PATH: supergraphPath, SUBGRAPH_URLS: 'peeple=http://127.0.0.1:1' },
    { SUBGRAPH_URLS: 'people=http://127.0.0.1:1,people=http://127.0.0.1:1' },
    { SUBGRAPH_CA: 'people=a.pem,people=b.pem' },
  ];
  const [misspelt, doubled, twice] = wrong.map(start);
  for (const gateway of [misspelt!, doubled!, twice!]) expect(await gateway.exited).toEqual({ code: 1, signal: null });
  expect(misspelt!.output).toContain('SUBGRAPH_URLS: the supergraph has no subgraph "peeple". Did you mean people?');
  expect(doubled!.output).toContain('people has the URL http://127.0.0.1:1 twice');
  expect(twice!.output).toContain('must not have a name twice');
});

test('a missing or invalid supergraph is reported', async () => {
  const missing = start({ SUPERGRAPH_PATH: join(folder, 'nothing.graphql') });
  expect(await missing.exited).toEqual({ code: 1, signal: null });
  expect(missing.output).toMatch(/SUPERGRAPH_PATH: .* no such file/);
  await writeFile(join(folder, 'broken.graphql'), 'type Query { a: Int }');
  const broken = start({ SUPERGRAPH_PATH: join(folder, 'broken.graphql') });
  expect(await broken.exited).toEqual({ code: 1, signal: null });
  expect(broken.output).toMatch(/SUPERGRAPH_PATH: .* must be a core schema/);
});

test('a port in use is reported', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  const gateway = start({ SUPERGRAPH_PATH: supergraphPath, PORT: String(port) });
  expect(await gateway.exited).toEqual({ code: 1, signal: null });
  expect(gateway.output).toContain(`Port ${port} on 127.0.0.1 is in use`);
  await new Promise((resolve) => other.close(resolve));
});
