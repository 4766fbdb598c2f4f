/** Health pages, metrics, log lines and spans of a subgraph's own process. Real processes over the real PostgreSQL and Redis. */
import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { VIEWER_HEADER, ViewerHeader } from '../auth/viewer-header';
import { fetchDebianPackages } from '../embedded/debian-packages';
import { eventually } from '../testing/eventually';
import { createTestDatabase, type TestDatabase } from '../testing/test-database';
import { testRedisPrefix, testRedisUrl } from '../testing/test-redis';
import { TestProcess } from '../testing/test-process';

const SECRET_KEY = 'a secret of the telemetry tests, long enough';
/** Signed at each call, since signatures expire. */
const nobody = () => ({ [VIEWER_HEADER]: new ViewerHeader(SECRET_KEY).sign(null) });

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase('telemetry', async () => undefined);
});
afterAll(() => database[Symbol.asyncDispose]());

const environment = (): Record<string, string> => ({
  DATABASE_URL: database.url,
  REDIS_URL: testRedisUrl(),
  REDIS_PREFIX: testRedisPrefix(),
  SECRET_KEY,
  BCRYPT_COST: '4',
  PORT: '0',
});

const start = (env: Record<string, string> = {}, name = 'messaging') =>
  new TestProcess({ args: [`subgraphs/${name}/src/main.ts`], env: { ...environment(), ...env } });

async function originOf(subgraph: TestProcess): Promise<string> {
  const [, url] = await subgraph.waitFor(/"url":"([^"]+)\/graphql","msg":"listening"/);
  return url!;
}

const get = async (origin: string, path: string) => {
  const response = await fetch(origin + path);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

const ask = (origin: string, query: string, headers: Record<string, string> = nobody()) =>
  fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, operationName: 'Named' }),
  });

test('live, ready and detailed say what the gateway’s pages say', async () => {
  await using subgraph = start();
  const origin = await originOf(subgraph);
  expect(await get(origin, '/health/live')).toEqual({ status: 200, body: { status: 'ok' } });
  await subgraph.waitFor(/"msg":"ready"/);
  expect(await get(origin, '/health/ready')).toEqual({ status: 200, body: { status: 'ok' } });
  expect(await get(origin, '/health/detailed')).toEqual({
    status: 200,
    body: { status: 'ok', ready: 'ok', parts: { postgresql: true, redis: true } },
  });
});

test('a subgraph without PostgreSQL is alive and not ready', async () => {
  await using subgraph = start({ DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/nothing' });
  const origin = await originOf(subgraph);
  expect(await get(origin, '/health/live')).toEqual({ status: 200, body: { status: 'ok' } });
  expect(await get(origin, '/health/ready')).toEqual({ status: 503, body: { status: 'unavailable' } });
  expect(await get(origin, '/health/detailed')).toMatchObject({ status: 503, body: { ready: 'unavailable' } });
  const refused = await ask(origin, 'query Named { __typename }');
  expect(refused.status).toBe(503);
  expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }] });
});

test('the first request waits for the start instead of being refused', async () => {
  await using subgraph = start({}, 'identity');
  const origin = await originOf(subgraph);
  const early = await ask(origin, 'query Named { registrationStatus: __typename }');
  expect([early.status, await early.json()]).toEqual([200, { data: { registrationStatus: 'Query' } }]);
});

test('a subgraph that is probed says that it drains, and still answers', async () => {
  const subgraph = start();
  const origin = await originOf(subgraph);
  await subgraph.waitFor(/"msg":"ready"/);
  await get(origin, '/health/ready');
  subgraph.signal('SIGTERM');
  await eventually(async () => (await get(origin, '/health/ready')).body.status === 'draining');
  const answer = await ask(origin, 'query Named { __typename }');
  expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close']);
  expect(await subgraph.exited).toEqual({ code: 0, signal: null });
});

test('metrics tell about operations, connections, jobs, events and webhooks, and promtool finds no fault', async () => {
  await using subgraph = start();
  const origin = await originOf(subgraph);
  await subgraph.waitFor(/"msg":"ready"/);
  await (await ask(origin, 'query Named { __typename }')).json();
  await (await ask(origin, 'query Named { nothing }')).json();
  const response = await fetch(`${origin}/metrics`);
  expect(response.headers.get('content-type')).toContain('text/plain');
  const metrics = await response.text();
  for (const series of [
    'subgraph_operation_seconds_count{subgraph="messaging",kind="execute"} 2',
    'subgraph_operation_errors_total{subgraph="messaging",code="GRAPHQL_VALIDATION_FAILED"} 1',
    'subgraph_subscriptions{subgraph="messaging"} 0',
    'subgraph_database_connections_limit{subgraph="messaging"} 10',
    'subgraph_database_waiting{subgraph="messaging"} 0',
    'subgraph_jobs{state="failed",subgraph="messaging"} 0',
    'subgraph_jobs_oldest_seconds{subgraph="messaging"} ',
    'subgraph_event_streams{subgraph="messaging"} 0',
    'subgraph_event_backlog{subgraph="messaging"} 0',
    'subgraph_event_lag_seconds{subgraph="messaging"} 0',
    'webhook_jobs{state="due",subgraph="messaging"} 0',
    'webhook_jobs_oldest_seconds{subgraph="messaging"} 0',
    'subgraph_dependency_up{dependency="postgresql",subgraph="messaging"} 1',
    'build_info{component="messaging",version="',
    'process_resident_memory_bytes ',
  ])
    expect(metrics).toContain(series);
  expect(metrics).toMatch(/subgraph_database_connections\{state="used",subgraph="messaging"\} \d/);
  expect(await lint(metrics)).toBe('');
});

/** The complaints of `promtool check metrics`. Where promtool cannot be had, only CI insists. */
async function lint(metrics: string): Promise<string> {
  const program = 'usr/bin/promtool';
  const packages = { name: 'prometheus', packages: ['prometheus'], program };
  const fetched = await fetchDebianPackages(packages).catch((error: Error) => {
    if (process.env['CI']) throw error;
    return undefined;
  });
  if (!fetched) return '';
  const env = { ...process.env, LD_LIBRARY_PATH: fetched.libraryPath };
  const promtool = spawn(`${fetched.root}/${program}`, ['check', 'metrics'], { env });
  promtool.stdin.end(metrics);
  return (await Promise.all([buffer(promtool.stdout), buffer(promtool.stderr)])).join('').trim();
}

test('each operation has a log line, and all lines of a request have its correlation id', async () => {
  await using subgraph = start();
  const origin = await originOf(subgraph);
  await subgraph.waitFor(/"msg":"ready"/);
  const ours = await ask(origin, 'query Named { __typename }', { ...nobody(), 'x-correlation-id': 'ours' });
  await ours.json();
  await subgraph.waitFor(/"correlationId":"ours","operation":"Named","kind":"execute","ms":[\d.]+,"msg":"operation"/);
  await (await ask(origin, '{')).json();
  const [line] = await subgraph.waitFor(/.*"codes":\["GRAPHQL_.*/);
  expect(JSON.parse(line)).toMatchObject({ correlationId: expect.stringMatching(/^[\da-f-]{36}$/) as string });
});

test('spans continue the trace of the gateway', async () => {
  const { promise: exported, resolve: receive } = Promise.withResolvers<string>();
  const collector = createServer((request: IncomingMessage, response) => {
    void buffer(request).then((body) => receive(body.toString()));
    response.end('{}');
  });
  await new Promise<void>((resolve) => void collector.listen(0, '127.0.0.1', resolve));
  const { port } = collector.address() as AddressInfo;
  await using subgraph = start({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
  const origin = await originOf(subgraph);
  await subgraph.waitFor(/"msg":"ready"/);
  const trace = '0af7651916cd43dd8448eb211c80319c';
  await ask(origin, 'query Named { __typename }', { ...nobody(), traceparent: `00-${trace}-b7ad6b7169203331-01` });
  const body = await exported;
  for (const part of [trace, 'b7ad6b7169203331', 'messaging execute', '"messaging"']) expect(body).toContain(part);
  await new Promise((resolve) => collector.close(resolve));
});

test('a port in use is one line, before the database is touched', async () => {
  await using first = start();
  const { port } = new URL(await originOf(first));
  const second = start({ PORT: port, DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/nothing' });
  expect(await second.exited).toEqual({ code: 1, signal: null });
  expect(second.output).toBe(`Port ${port} on 127.0.0.1 is in use by another process. Stop that one, or set PORT.\n`);
});
