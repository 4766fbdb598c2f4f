/** Health, metrics, logs, spans and usage reports. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo } from 'node:net';
import { buffer, json } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { Report } from '@apollo/usage-reporting-protobuf';
import { createClient } from 'graphql-ws';
import { pino } from 'pino';
import WebSocket from 'ws';
import { testRedisPrefix, testRedisUrl } from '@chat/kit/testing/test-redis';
import { StaticSupergraphSource } from '../../supergraph/source';
import { composeLocally } from '../../testing/local-subgraphs';
import { SHOP } from '../../testing/shop';
import { startShopGateway, TEST_SECRET, type ShopGateway } from '../../testing/shop-gateway';

/** The tested part of a usage report. Protobuf's 64-bit numbers are strings. */
interface ReportJson {
  header: { graphRef: string };
  operationCount: string;
  tracesPerQuery: Record<
    string,
    {
      statsWithContext: [
        {
          context: { clientName: string };
          queryLatencyStats: { requestCount: string; requestsWithErrorsCount: string };
        },
      ];
      referencedFieldsByType: Record<string, { fieldNames: string[] }>;
    }
  >;
}

test('health: liveness, readiness and every component', async () => {
  await using shop = await startShopGateway({ REDIS_URL: testRedisUrl(), REDIS_PREFIX: testRedisPrefix() });
  expect(await (await shop.get('/health')).json()).toEqual({ status: 'ok' });
  expect((await shop.get('/health/ready')).status).toBe(200);
  const detailed = async () => {
    const response = await shop.get('/health/detailed');
    const body = (await response.json()) as { components: { name: string; status: string }[] };
    return [response.status, Object.fromEntries(body.components.map(({ name, status }) => [name, status]))];
  };
  const all = { redis: 'ok', catalog: 'ok', reviews: 'ok', people: 'ok', shipping: 'ok' };
  expect(await detailed()).toEqual([200, all]);
  shop.services.get('people')!.failure = new Error('away');
  expect(await detailed()).toEqual([503, { ...all, people: 'unavailable' }]);
});

test('a gateway is not ready while it reaches no subgraph, and alive all the time', async () => {
  await using shop = await startShopGateway();
  const ready = async () => {
    const response = await shop.get('/health/ready');
    return [response.status, await response.json()];
  };
  expect(await ready()).toEqual([200, { status: 'ok' }]);
  const services = [...shop.services.values()];
  for (const service of services) service.failure = new Error('away');
  expect(await ready()).toEqual([503, { status: 'unavailable' }]);
  expect((await shop.get('/health/live')).status).toBe(200);
  services[1]!.failure = undefined;
  expect(await ready()).toEqual([200, { status: 'ok' }]);
});

test('a subgraph that has not reached PostgreSQL does not make a gateway ready, and one that lost it does', async () => {
  let postgresql = false;
  const { sdl, services } = composeLocally(SHOP);
  const answer = async () => ({ data: {}, extensions: { health: { postgresql } } });
  const subgraphs = [...services].map(([name, service]) => ({
    name,
    service: { execute: answer, authorize: answer, subscribe: service.subscribe.bind(service) },
  }));
  await using shop = await startShopGateway({}, { source: new StaticSupergraphSource(sdl), subgraphs });
  expect((await shop.get('/health/ready')).status).toBe(503);
  postgresql = true;
  expect((await shop.get('/health/ready')).status).toBe(200);
  postgresql = false;
  expect((await shop.get('/health/ready')).status).toBe(200);
  expect((await shop.get('/health/detailed')).status).toBe(503);
});

test('metrics count operations, durations and errors per operation and subgraph, and cached plans', async () => {
  await using shop = await startShopGateway();
  await shop.ask({ query: 'query Mine { me { name } refused }' });
  await shop.ask({ query: 'query Mine { me { name } refused } # again' });
  const metrics = await (await shop.get('/metrics')).text();
  expect(metrics).toContain('gateway_operation_seconds_count{operation="Mine",kind="query"} 2');
  expect(metrics).toContain('gateway_operation_errors_total{operation="Mine",code="FORBIDDEN"} 2');
  expect(metrics).toContain('gateway_subgraph_seconds_count{subgraph="people"} 2');
  expect(metrics).toContain('gateway_subgraph_errors_total{subgraph="catalog",outcome="answered"} 2');
  expect(metrics).toContain('gateway_query_plans_total{cached="true"} 1');
});

test('every operation has one log line, with its cost or the codes of its refusal, and refusals are counted by code', async () => {
  const lines: Record<string, unknown>[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) });
  const env = { SECRET_KEY: TEST_SECRET, RATE_LIMIT_PER_MINUTE: '6', MAX_DEPTH: '2' };
  await using shop = await startShopGateway(env, { log });
  lines.length = 0;
  await shop.ask({ query: 'query Mine { me { name } refused }' });
  await shop.ask({ query: 'query Mine { me { name } refused }' });
  for (const query of ['{ nothing }', '{', '{ me { friend { name } } }', '{ nothing }', '{ me { id } }']) {
    await shop.ask({ query });
  }
  await shop.ask({ query: '{ me { id } }' }, { authorization: 'Bearer forged' });
  const run = {
    msg: 'operation',
    operation: 'Mine',
    kind: 'query',
    cost: 1,
    codes: ['FORBIDDEN'],
    ms: expect.any(Number),
  };
  const refused = (code: string) => ({ msg: 'operation refused', codes: [code] });
  const [validation, parsing, depth] = ['GRAPHQL_VALIDATION_FAILED', 'GRAPHQL_PARSE_FAILED', 'LIMIT_EXCEEDED'];
  expect(lines).toMatchObject([run, run, ...[validation, parsing, depth, validation].map((code) => refused(code))]);
  const metrics = await (await shop.get('/metrics')).text();
  for (const [code, times] of [
    [validation, 2],
    [parsing, 1],
    [depth, 1],
    ['RATE_LIMITED', 1],
    ['UNAUTHENTICATED', 1],
  ]) {
    expect(metrics).toContain(`gateway_operations_refused_total{code="${code}"} ${times}`);
  }
});

describe('Apollo Studio', () => {
  /** The reported operations during `work`: name, client, and counts of requests and errors. */
  async function reported(work: (shop: ShopGateway) => Promise<void>) {
    const sent: { headers: IncomingMessage['headers']; report: Report }[] = [];
    const studio = createServer((request, response) => {
      void buffer(request).then((body) => {
        sent.push({ headers: request.headers, report: Report.decode(gunzipSync(body)) });
        response.writeHead(request.url === '/api/ingress/traces' ? 200 : 404).end();
      });
    });
    await once(studio.listen(0, '127.0.0.1'), 'listening');
    const { port } = studio.address() as AddressInfo;
    try {
      await using shop = await startShopGateway({
        APOLLO_KEY: 'service:shop:key',
        APOLLO_GRAPH_REF: 'shop@test',
        APOLLO_USAGE_REPORTING_ENDPOINT: `http://127.0.0.1:${port}`,
        LIVE_DRAIN_MS: '0',
      });
      await work(shop);
    } finally {
      // Disposing the gateway flushes the reports.
      await new Promise((resolve) => studio.close(resolve));
    }
    expect(sent).toHaveLength(1);
    const [{ headers, report }] = sent as [(typeof sent)[number]];
    expect(headers['x-api-key']).toBe('service:shop:key');
    const { header, operationCount, tracesPerQuery } = JSON.parse(JSON.stringify(report)) as ReportJson;
    expect(header.graphRef).toBe('shop@test');
    const counts = Object.entries(tracesPerQuery).map(([operation, { statsWithContext }]) => {
      const [{ context, queryLatencyStats }] = statsWithContext;
      return [operation, context.clientName, queryLatencyStats.requestCount, queryLatencyStats.requestsWithErrorsCount];
    });
    return { operationCount, counts, tracesPerQuery };
  }

  test('receives every operation with its errors and client, also repeated ones', async () => {
    const { operationCount, counts, tracesPerQuery } = await reported(async (shop) => {
      const mine = { query: 'query Mine { me { name } }' };
      const headers = { 'apollographql-client-name': 'telephone' };
      for (let time = 0; time < 3; time++) expect((await shop.ask(mine, headers)).status).toBe(200);
      await shop.ask([mine, { query: 'query Refused { refused }' }], headers);
      await shop.ask({ query: 'query Wrong { nothing { here } }' }, headers);
    });
    expect(operationCount).toBe('6');
    expect(counts).toEqual([
      ['# Mine\nquery Mine{me{name}}', 'telephone', '4', '0'],
      ['# Refused\nquery Refused{refused}', 'telephone', '1', '1'],
    ]);
    expect(Object.values(tracesPerQuery)[0]!.referencedFieldsByType).toMatchObject({
      Author: { fieldNames: ['name'] },
    });
  });

  test('receives operations of every other transport once, and a subscription when it starts', async () => {
    const subscription = 'subscription Changes { productChanged { id } }';
    const { operationCount, counts } = await reported(async (shop) => {
      const socket = createClient({ url: shop.url.replace(/^http/, 'ws'), webSocketImpl: WebSocket, retryAttempts: 0 });
      const extensions = { clientInfo: { clientName: 'telephone' } };
      const onSocket = async (query: string) => {
        for await (const result of socket.iterate({ query, extensions })) return result;
        return undefined;
      };
      const changes = socket.iterate({ query: subscription, extensions });
      expect(await onSocket('query Mine { me { name } }')).toEqual({ data: { me: { name: 'Author a1' } } });
      await changes.return!();
      expect(await onSocket('query Refused { refused }')).toMatchObject({ errors: [{}] });
      expect(await onSocket('mutation Count { count }')).toEqual({ data: { count: 5 } });
      await expect(onSocket('query Wrong { nothing { here } }')).rejects.toMatchObject([{}]);
      await socket.dispose();
      const asked = (path: string, accept: string, query: string) =>
        shop.get(path, {
          method: 'POST',
          headers: { accept, 'content-type': 'application/json' },
          body: JSON.stringify({ query, extensions }),
        });
      const queried = await asked('/graphql/stream', 'text/event-stream', 'query Mine { me { name } }');
      expect(await queried.text()).toContain('Author a1');
      for (const [path, accept] of [
        ['/graphql/stream', 'text/event-stream'],
        ['/graphql', 'text/event-stream'],
        ['/graphql', 'multipart/mixed;subscriptionSpec=1.0'],
      ] as const) {
        await (await asked(path, accept, subscription)).body!.cancel();
      }
    });
    expect(operationCount).toBe('9');
    expect(counts.sort()).toEqual([
      ['# Changes\nsubscription Changes{productChanged{id}}', 'telephone', '4', '0'],
      ['# Count\nmutation Count{count}', 'telephone', '1', '0'],
      ['# Mine\nquery Mine{me{name}}', 'telephone', '2', '0'],
      ['# Refused\nquery Refused{refused}', 'telephone', '1', '1'],
    ]);
  });
});

test('spans continue the client’s trace, are exported and propagate to the subgraph', async () => {
  interface Span {
    name: string;
    traceId: string;
    spanId: string;
    parentSpanId?: string;
  }
  const collector = createServer((request, response) => {
    void json(request).then((body) => {
      response.end('{}');
      collector.emit('spans', body);
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  const { port } = collector.address() as AddressInfo;
  const exported = once(collector, 'spans') as Promise<[{ resourceSpans: { scopeSpans: { spans: Span[] }[] }[] }]>;
  const shop = await startShopGateway({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
  const [traceId, parentId] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
  await shop.ask(
    { query: 'query Mine { me { name } }' },
    { traceparent: `00-${traceId}-${parentId}-01`, tracestate: 'vendor=1' },
  );
  const { headers } = shop.services.get('people')!.requests.at(-1)!;
  await shop[Symbol.asyncDispose]();
  const [{ resourceSpans }] = await exported;
  const spans = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
  const operation = spans.find(({ name }) => name === 'query Mine')!;
  const fetched = spans.find(({ name }) => name === 'fetch people')!;
  expect(operation).toMatchObject({ traceId, parentSpanId: parentId });
  expect(fetched).toMatchObject({ traceId, parentSpanId: operation.spanId });
  expect(headers).toMatchObject({ traceparent: `00-${traceId}-${fetched.spanId}-01`, tracestate: 'vendor=1' });
  await new Promise((resolve) => collector.close(resolve));
});
