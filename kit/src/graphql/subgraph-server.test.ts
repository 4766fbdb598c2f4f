/** A subgraph's own endpoint: signed requests over HTTP and WebSocket, everything else refused. */
import 'reflect-metadata';
import { createClient, type Client } from 'graphql-ws';
import type { IncomingMessage } from 'node:http';
import { Field, FieldResolver, ObjectType, Query, Resolver, Root, Subscription } from 'type-graphql';
import { WebSocket } from 'ws';
import { VIEWER_HEADER, ViewerHeader } from '../auth/viewer-header';
import { ApiError, forbidden } from '../errors';
import { createLogger } from '../logging';
import { openLink } from '../testing/link-client';
import { buildSubgraph } from './build-schema';
import type { SubgraphContext } from './context';
import { allow, isLoggedIn, withParent } from './policy';
import { SchemaService } from './schema-service';
import { readAnswer, TAKES_LINKS_HEADER, writeRequest } from './request-link';
import { AUTHORIZE_ONLY_HEADER, AUTHORIZED } from './service';
import { serveSubgraph, type SubgraphServer } from './subgraph-server';

@ObjectType()
class Tick {
  @Field()
  count!: number;
}

@Resolver()
class TickResolver {
  @Query(() => String)
  hello(): string {
    return 'world';
  }

  @Subscription(() => Tick, {
    subscribe: async function* () {
      yield { count: 1 };
      yield { count: 2 };
    },
  })
  tick(@Root() tick: Tick): Tick {
    return tick;
  }

  @Subscription(() => Tick, {
    subscribe: async function* () {
      yield { count: 1 };
      throw new ApiError('CONFLICT', 'The clock was changed.', { by: 'an hour' });
    },
  })
  brokenTick(@Root() tick: Tick): Tick {
    return tick;
  }
}

@Resolver(() => Tick)
class TickFieldResolver {
  @FieldResolver(() => String, { nullable: true })
  secret(): string {
    throw forbidden('This is a secret.');
  }
}

const log = createLogger('test', 'silent');
const viewerHeader = new ViewerHeader('a secret key of at least 32 characters');
const signed = {
  get [VIEWER_HEADER]() {
    return viewerHeader.sign({ id: 'u', sessionId: 's', roles: [], permissions: [], expiresAt: 0 });
  },
};
/** Signed at each use, since signatures expire. */
const nobody = {
  get [VIEWER_HEADER]() {
    return viewerHeader.sign(null);
  },
};
let server: SubgraphServer;
let client: Client;

beforeAll(async () => {
  const schema = buildSubgraph<SubgraphContext>({
    name: 'ticks',
    resolvers: [TickResolver, TickFieldResolver],
    references: {},
    policy: {
      fields: {
        Query: { hello: allow },
        Subscription: { tick: isLoggedIn, brokenTick: isLoggedIn },
        Tick: withParent('count', 'secret'),
      },
      references: {},
    },
  });
  const service = new SchemaService<SubgraphContext>({
    schema,
    viewerHeader,
    log,
    createContext: (viewer) => ({ viewer, em: undefined as never, log }),
  });
  const subgraph = {
    name: 'ticks',
    service,
    ready: async () => {},
    health: async () => ({ postgresql: true }),
    handleHttp: async ({ url }: IncomingMessage) => {
      if (url === '/outage') throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      if (url === '/fault') throw new Error('a secret of the process');
      return false;
    },
    [Symbol.asyncDispose]: async () => {},
  };
  server = await serveSubgraph(subgraph, { host: '127.0.0.1', port: 0, log });
  client = createClient({ url: server.url.replace('http', 'ws'), webSocketImpl: WebSocket });
});
afterAll(async () => {
  await client.dispose();
  await server[Symbol.asyncDispose]();
});

const post = (body: unknown, headers: Record<string, string> = signed) =>
  fetch(server.url, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });

test('answers what is signed, and nothing else', async () => {
  expect(await (await post({ query: '{ hello }' })).json()).toEqual({ data: { hello: 'world' } });
  const refused = (await (await post({ query: '{ hello }' }, {})).json()) as { errors: { extensions: unknown }[] };
  expect(refused.errors[0]?.extensions).toEqual({ code: 'UNAUTHENTICATED' });
});

test('refuses what is no GraphQL request', async () => {
  expect((await fetch(server.url)).status).toBe(405);
  expect((await post('x')).status).toBe(400);
  expect((await fetch(server.url.replace('/graphql', '/elsewhere'))).status).toBe(404);
  expect(await (await fetch(server.url.replace('/graphql', '/health'))).json()).toEqual({
    status: 'ok',
    parts: { postgresql: true },
  });
});

test('reads no more than a gateway may send, announced or not', async () => {
  const announced = await post({ query: `{ hello } # ${'x'.repeat(17 * 1024 * 1024)}` });
  expect(announced.status).toBe(413);
  const MEBIBYTE = 1024 * 1024;
  let sent = 0;
  const body = new ReadableStream({
    pull(controller) {
      if (sent++ === 64) controller.close();
      else controller.enqueue(Buffer.alloc(MEBIBYTE, ' '));
    },
  });
  await expect(fetch(server.url, { method: 'POST', headers: signed, body, duplex: 'half' })).rejects.toThrow();
  expect(sent).toBeLessThan(64);
  expect((await post({ query: '{ hello }' })).status).toBe(200);
});

test('takes a request link, and answers each request for its own viewer', async () => {
  expect((await post({ query: '{ hello }' })).headers.has(TAKES_LINKS_HEADER)).toBe(true);
  await using link = await openLink(server.url);
  link.write(
    writeRequest(0, signed, '{"query":"{ hello }"}'),
    writeRequest(1, {}, '{"query":"{ hello }"}'),
    writeRequest(2, { ...signed, [AUTHORIZE_ONLY_HEADER]: '1' }, '{"query":"subscription { tick { count } }"}'),
  );
  const answers = [await link.line(), await link.line(), await link.line()].map(readAnswer);
  const results = answers
    .sort((a, b) => a.numbers[0]! - b.numbers[0]!)
    .map(({ status, body }) => [status, JSON.parse(body)]);
  expect(results).toEqual([
    [200, { data: { hello: 'world' } }],
    [200, { errors: [expect.objectContaining({ extensions: { code: 'UNAUTHENTICATED' } })] }],
    [200, { data: null, extensions: AUTHORIZED }],
  ]);
});

test('outside GraphQL, an outage is no fault of the process, and a fault is masked', async () => {
  const answerOf = async (path: string) => {
    const response = await fetch(server.url.replace('/graphql', path));
    return { status: response.status, ...((await response.json()) as object) };
  };
  expect(await answerOf('/outage')).toMatchObject({
    status: 503,
    errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }],
  });
  expect(await answerOf('/fault')).toEqual({
    status: 500,
    errors: [{ message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
  });
});

test('says whether a subscription would be allowed', async () => {
  const ask = async (headers: Record<string, string>) =>
    (await post({ query: 'subscription { tick { count } }' }, { ...headers, [AUTHORIZE_ONLY_HEADER]: '1' })).json();
  expect(await ask(signed)).toEqual({ data: null, extensions: AUTHORIZED });
  expect(await ask(nobody)).toMatchObject({
    errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    extensions: AUTHORIZED,
  });
});

test('streams over a socket on which each operation brings its own viewer', async () => {
  const collect = async (headers: Record<string, string>) => {
    const results: unknown[] = [];
    for await (const result of client.iterate({ query: 'subscription { tick { count } }', extensions: { headers } }))
      results.push(result);
    return results;
  };
  expect(await collect(signed)).toEqual([{ data: { tick: { count: 1 } } }, { data: { tick: { count: 2 } } }]);
  await expect(collect(nobody)).rejects.toEqual([expect.objectContaining({ extensions: { code: 'UNAUTHENTICATED' } })]);
});

const follow = (query: string) => client.iterate({ query, extensions: { headers: signed } });

test('an error of one field travels with its event, and the stream goes on', async () => {
  const results: unknown[] = [];
  for await (const result of follow('subscription { tick { count secret } }')) results.push(result);
  const errors = [{ message: 'This is a secret.', path: ['tick', 'secret'], extensions: { code: 'FORBIDDEN' } }];
  expect(results).toEqual([1, 2].map((count) => ({ data: { tick: { count, secret: null } }, errors })));
});

test('an error of the source ends the stream after its events, and keeps its code', async () => {
  const stream = follow('subscription { brokenTick { count } }');
  expect((await stream.next()).value).toEqual({ data: { brokenTick: { count: 1 } } });
  await expect(stream.next()).rejects.toEqual([
    { message: 'The clock was changed.', extensions: { code: 'CONFLICT', by: 'an hour' } },
  ]);
});

test.each([1, null, true, [], {}, [['x']]])(
  'a viewer that is no text (%j) is nobody whom the gateway vouches for',
  async (viewer) => {
    const request = { query: 'subscription { tick { count } }', extensions: { headers: { [VIEWER_HEADER]: viewer } } };
    await expect(client.iterate(request).next()).rejects.toEqual([
      { message: 'This subgraph answers its gateway only.', extensions: { code: 'UNAUTHENTICATED' } },
    ]);
  },
);

test.each([1, 'x', [], null])('headers that are no object (%j) are none', async (headers) => {
  const request = { query: 'subscription { tick { count } }', extensions: { headers } };
  await expect(client.iterate(request).next()).rejects.toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
});
