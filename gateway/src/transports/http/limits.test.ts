/** Every limit: a request within it is answered; beyond it, every transport refuses with a code, and no subgraph is called. */
import { eventually } from '@chat/kit/testing/eventually';
import { on } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { getIntrospectionQuery } from 'graphql';
import { WebSocket } from 'ws';
import { startShopGateway, TEST_SECRET, tokenOf, type Answer, type ShopGateway } from '../../testing/shop-gateway';

const codesOf = ({ body }: Answer) => body.errors?.map(({ extensions }) => extensions.code);

async function allowsAndRefuses(
  env: Record<string, string>,
  allowed: unknown,
  refused: unknown,
  code = 'LIMIT_EXCEEDED',
) {
  await using shop = await startShopGateway(env);
  const inside = await shop.ask(allowed);
  expect(inside.body.errors).toBeUndefined();
  for (const service of shop.services.values()) service.requests.length = 0;
  const outside = await shop.ask(refused);
  expect(codesOf(outside)).toEqual([code]);
  const text = typeof refused === 'string' ? refused : JSON.stringify(refused);
  if (!text.startsWith('[')) {
    for (const answer of [await onSocket(shop, text), await onStream(shop, text)]) {
      expect(answer.match(/(?<="code":")\w+/g)).toEqual([code]);
    }
  }
  for (const service of shop.services.values()) expect(service.requests).toEqual([]);
  return outside;
}

/** The last message of an operation, with its raw body. */
async function onSocket({ url }: ShopGateway, body: string): Promise<string> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws');
  socket.on('open', () => socket.send('{"type":"connection_init"}'));
  const messages = on(socket, 'message', { close: ['close'] }) as AsyncIterableIterator<[Buffer]>;
  for await (const [message] of messages) {
    if (!message.includes('connection_ack')) {
      socket.terminate();
      return message.toString();
    }
    socket.send(`{"id":"1","type":"subscribe","payload":${body}}`);
  }
  throw new Error('The socket was closed.');
}

async function onStream(shop: ShopGateway, body: string): Promise<string> {
  const headers = { accept: 'text/event-stream', 'content-type': 'application/json' };
  return (await shop.get('/graphql/stream', { method: 'POST', headers, body })).text();
}

test('depth, including fragments', () =>
  allowsAndRefuses(
    { MAX_DEPTH: '3' },
    { query: '{ me { friend { name } } }' },
    { query: '{ me { friend { ...F } } } fragment F on Author { friend { name } }' },
  ));

test('depth of a variable', async () => {
  const query = 'query ($input: EchoInput, $list: [Int!]) { echo(input: $input, list: $list) }';
  const nested = (levels: number) => `${'{"nested":'.repeat(levels)}{}${'}'.repeat(levels)}`;
  const body = (input: string) => `{"query":"${query}","variables":{"input":${input}}}`;
  for (const monster of [nested(101), `${'['.repeat(300_000)}${']'.repeat(300_000)}`]) {
    await allowsAndRefuses({}, body(nested(50)), body(monster));
  }
});

test('aliases, counted for each spread of their fragment', () =>
  allowsAndRefuses(
    { MAX_ALIASES: '2' },
    { query: '{ a: me { id } b: me { id } }' },
    { query: '{ me { ...F friend { ...F friend { ...F } } } } fragment F on Author { x: id }' },
  ));

test('root fields', () =>
  allowsAndRefuses({ MAX_ROOT_FIELDS: '1' }, { query: '{ me { id } }' }, { query: '{ me { id } authors { id } }' }));

test('selections, counted for each spread, before further work', async () => {
  const doubling = (levels: number) => {
    const fragments = Array.from(
      { length: levels },
      (_, n) => `fragment F${n + 1} on Author { ...F${n} ... { ...F${n} } }`,
    );
    return { query: `{ me { ...F${levels} } } fragment F0 on Author { id } ${fragments.join(' ')}` };
  };
  const refused = await allowsAndRefuses({}, doubling(8), doubling(64)); // walking 2^64 of them would never end
  expect(refused.body.errors![0]!.extensions).toMatchObject({ what: 'selections', limit: 2000 });
});

test("an operation's name", () => {
  const named = (length: number) => ({ query: `query ${'a'.repeat(length)} { me { id } }` });
  return allowsAndRefuses({}, named(255), named(256));
});

test('directives', () =>
  allowsAndRefuses(
    { MAX_DIRECTIVES: '1' },
    { query: '{ me @skip(if: false) { id } }' },
    { query: '{ me @skip(if: false) { id @include(if: true) } }' },
  ));

test('tokens', () =>
  allowsAndRefuses({ MAX_TOKENS: '6' }, { query: '{ me { id } }' }, { query: '{ me { id id id id id } }' }));

test('cost, with list sizes from arguments and variables', async () => {
  const query = 'query ($n: Int) { products(first: $n) { reviews(first: 2) { author { id } } } }';
  const refused = await allowsAndRefuses(
    { MAX_COST: '100', DEFAULT_LIST_SIZE: '3' },
    { query, variables: { n: 2 } },
    { query, variables: { n: 30 } },
  );
  expect(refused.body.errors![0]!.extensions).toMatchObject({ what: 'cost', cost: 30 * (1 + 3 * 2), limit: 100 });
});

test('the cost is reported on request', async () => {
  await using shop = await startShopGateway();
  const { body } = await shop.ask({ query: '{ me { id } }', extensions: { cost: true } });
  expect(body).toEqual({ data: { me: { id: 'a1' } }, extensions: { cost: { requested: 1, limit: 5000 } } });
});

test.each([
  ['anywhere in the body', (deep: string) => `{"query":"{ me { id } }","extra":${deep}}`],
  ['in the variables', (deep: string) => `{"query":"{ me { id } }","variables":{"x":${deep}}}`],
  ['in the extensions', (deep: string) => `{"query":"{ me { id } }","extensions":{"x":${deep}}}`],
  ['in a batch', (deep: string) => `[${deep}]`],
])('a megabyte of brackets, %s', async (_where, bodyOf) => {
  await using shop = await startShopGateway();
  for (const body of [bodyOf(`${'['.repeat(500_000)}${']'.repeat(500_000)}`), bodyOf(`[${'[],'.repeat(300_000)}1]`)]) {
    const answer = await shop.ask(body);
    expect([answer.status, codesOf(answer)]).toEqual([400, ['LIMIT_EXCEEDED']]);
  }
});

test('body size, with and without content-length', async () => {
  await using shop = await startShopGateway({ MAX_BODY_BYTES: '1024' });
  const query = `{ me { id } } # ${'x'.repeat(2000)}`;
  const announced = await shop.ask({ query });
  expect([announced.status, codesOf(announced)]).toEqual([413, ['LIMIT_EXCEEDED']]);
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(JSON.stringify({ query })));
      controller.close();
    },
  });
  const headers = { 'content-type': 'application/json' };
  const streamed = await shop.get('/graphql', { method: 'POST', headers, body, duplex: 'half' });
  expect(streamed.status).toBe(413);
  expect((await shop.ask({ query: '{ me { id } }' })).status).toBe(200);
});

test('a client that sends all of a long body before it reads has the refusal, and keeps its connection', async () => {
  await using shop = await startShopGateway({ MAX_BODY_BYTES: '1024' });
  const { hostname, port } = new URL(shop.url);
  const socket = connect(Number(port), hostname);
  let received = '';
  const faults: Error[] = [];
  socket.setEncoding('utf8').on('error', (error) => faults.push(error));
  const request = (body: Buffer) =>
    Buffer.concat([
      Buffer.from(
        `POST /graphql HTTP/1.1\r\nhost: shop\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`,
      ),
      body,
    ]);
  await new Promise((resolve) => socket.write(request(Buffer.alloc(8 << 20, 'x')), resolve));
  socket.on('data', (text: string) => (received += text));
  await eventually(() => received.includes('LIMIT_EXCEEDED') || faults.length > 0, 'the refusal');
  expect({ faults, status: received.slice(0, 12) }).toEqual({ faults: [], status: 'HTTP/1.1 413' });
  received = '';
  socket.write(request(Buffer.from(JSON.stringify({ query: '{ me { id } }' }))));
  await eventually(() => received.includes('HTTP/1.1 200') || faults.length > 0, 'a response on the same connection');
  expect(faults).toEqual([]);
  socket.destroy();
});

test('a body that is compressed or not UTF-8 is refused', async () => {
  await using shop = await startShopGateway();
  const post = async (body: Uint8Array, headers: Record<string, string> = {}) => {
    const all = { 'content-type': 'application/json', ...headers };
    const response = await shop.get('/graphql', { method: 'POST', headers: all, body: Buffer.from(body) });
    return response.json() as Promise<Answer['body']>;
  };
  const text = JSON.stringify({ query: '{ echo(input: { text: "é" }) }' });
  expect((await post(Buffer.from(text))).data).toMatchObject({ echo: expect.stringContaining('é') as string });
  for (const [body, headers] of [
    [Buffer.from(text, 'latin1'), {}],
    [gzipSync(text), { 'content-encoding': 'gzip' }],
  ] as const) {
    expect((await post(body, headers)).errors).toMatchObject([{ extensions: { code: 'BAD_REQUEST' } }]);
  }
});

test('batch size', () =>
  allowsAndRefuses({ MAX_BATCH: '2' }, [{ query: '{ me { id } }' }], Array(3).fill({ query: '{ me { id } }' })));

test('operations per minute, counted per operation instead of per request, with headers', async () => {
  await using shop = await startShopGateway({ RATE_LIMIT_PER_MINUTE: '4' });
  const first = await shop.ask([{ query: '{ me { id } }' }, { query: '{ nope }' }, { query: '{' }]);
  expect(first.headers.get('ratelimit-limit')).toBe('4');
  expect(first.headers.get('ratelimit-remaining')).toBe('1');
  expect((await shop.ask({ query: '{ me { id } }' })).status).toBe(200);
  const refused = await shop.ask({ query: '{ me { id } }' });
  expect([refused.status, codesOf(refused)]).toEqual([429, ['RATE_LIMITED']]);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(refused.body.errors![0]!.extensions.retryAfterMs).toBeGreaterThan(0);
  expect([refused.headers.get('ratelimit-limit'), refused.headers.get('ratelimit-remaining')]).toEqual(['4', '0']);
  expect(refused.headers.get('ratelimit-reset')).toBe(refused.headers.get('retry-after'));
});

test('the API keys and sessions of one account share a rate limit; another account has its own', async () => {
  const login = tokenOf('ada');
  const introspectToken = async (token: string) => {
    const [id, sessionId] = (token === login ? 'ada-login' : token).split('-') as [string, string];
    return { id, sessionId, roles: ['USER'], permissions: [], expiresAt: 4e9 };
  };
  const env = { SECRET_KEY: TEST_SECRET, RATE_LIMIT_PER_MINUTE: '3' };
  await using shop = await startShopGateway(env, { introspectToken });
  const statusFor = async (token: string) =>
    (await shop.ask({ query: '{ __typename }' }, { authorization: `Bearer ${token}` })).status;
  for (const [token, status] of [
    ['ada-key1', 200],
    [login, 200],
    ['ada-key2', 200],
    ['ada-key3', 429],
    [login, 429],
    ['bob-key1', 200],
  ] as const)
    expect([token, await statusFor(token)]).toEqual([token, status]);
});

test('anonymous IPv6 clients share a rate limit per network', async () => {
  await using shop = await startShopGateway({ RATE_LIMIT_PER_MINUTE: '1', TRUSTED_PROXIES: '1' });
  const statusFor = async (address: string) =>
    (await shop.ask({ query: '{ __typename }' }, { 'x-forwarded-for': address })).status;
  for (const [address, status] of [
    ['2001:db8:1:2::1', 200],
    ['2001:DB8:1:2:ffff::99', 429],
    ['2001:db8:1:02:3:4:5:6', 429],
    ['2001:db8:1:3::1', 200],
    ['::1', 200],
    ['192.0.2.1', 200],
    ['192.0.2.2', 200],
    ['192.0.2.1', 429],
    ['192.0.2.1:1001', 429],
    ['::ffff:192.0.2.2', 429],
    ['[2001:db8:1:2::7]:1001', 429],
    ['fe80::1%eth0', 200],
    ['fe80::2%eth1', 429],
  ] as const) {
    expect([address, await statusFor(address)]).toEqual([address, status]);
  }
});

test('a list without a size argument costs as much as the argument’s default', async () => {
  await using shop = await startShopGateway({ DEFAULT_LIST_SIZE: '7' });
  const costOf = async (query: string, variables?: object) =>
    (await shop.ask({ query, variables, extensions: { cost: true } })).body.extensions?.cost;
  for (const [query, variables, items] of [
    ['{ products { id } }', undefined, 3],
    ['query ($n: Int) { products(first: $n) { id } }', {}, 3],
    ['query ($n: Int = 5) { products(first: $n) { id } }', {}, 5],
    ['query ($n: Int) { products(first: $n) { id } }', { n: null }, 7],
  ] as const) {
    expect(await costOf(query, variables)).toMatchObject({ requested: items });
  }
});

describe('in production', () => {
  let shop: ShopGateway;
  beforeAll(async () => {
    shop = await startShopGateway({ NODE_ENV: 'production' });
  });
  afterAll(() => shop[Symbol.asyncDispose]());

  test('introspection is refused', async () => {
    for (const query of [
      '{ __schema { queryType { name } } }',
      '{ ...F } fragment F on Query { __type(name: "A") { name } }',
    ]) {
      expect(codesOf(await shop.ask({ query }))).toEqual(['GRAPHQL_VALIDATION_FAILED']);
    }
    expect((await shop.ask({ query: '{ __typename }' })).body).toEqual({ data: { __typename: 'Query' } });
    const page = await shop.get('/graphql', { headers: { accept: 'text/html' } });
    expect(await page.text()).not.toContain('GraphiQL');
  });

  test('errors contain no suggestions', async () => {
    for (const query of [
      '{ product(id: "p1") { nam } }',
      '{ product(ident: "p1") { name } }',
      '{ ... on Quer { me { id } } }',
    ]) {
      const { body } = await shop.ask({ query });
      expect(body.errors!.map(({ message }) => message).join()).not.toContain('Did you mean');
    }
    const babble = ' Did you mean a'.repeat(60_000); // must be fast, or the test times out
    const babbling = { ...WRONG_VARIABLES[0], variables: { when: babble } };
    expect((await shop.ask(babbling)).body.errors![0]!.message).toContain(babble);
    for (const wrong of WRONG_VARIABLES) {
      const { body } = await shop.ask(wrong);
      expect(body.errors).toEqual([expect.objectContaining({ message: expect.not.stringContaining('Did you mean') })]);
    }
  });
});

const WRONG_VARIABLES = [
  { query: 'query ($when: Status) { echo(when: $when) }', variables: { when: 'ON_SAL' } },
  { query: 'query ($input: EchoInput) { echo(input: $input) }', variables: { input: { tex: 'a' } } },
];

test('in development errors contain suggestions, so that the test above cannot pass by accident', async () => {
  await using shop = await startShopGateway();
  for (const wrong of [{ query: '{ product(id: "p1") { nam } }' }, ...WRONG_VARIABLES]) {
    expect((await shop.ask(wrong)).body.errors![0]!.message).toContain('Did you mean');
  }
});

test('federation fields and inaccessible fields are not in the API schema', async () => {
  await using shop = await startShopGateway();
  for (const query of [
    '{ _service { sdl } }',
    '{ _entities(representations: []) { __typename } }',
    '{ product(id: "p1") { hidden } }',
  ]) {
    expect(codesOf(await shop.ask({ query }))).toEqual(['GRAPHQL_VALIDATION_FAILED']);
  }
});

test('a name that could change a prototype is refused', async () => {
  await using shop = await startShopGateway();
  const variable = 'query ($__proto__: EchoInput) { echo(input: $__proto__) }';
  for (const query of ['{ me { __proto__: id } }', variable]) {
    expect(codesOf(await shop.ask({ query }))).toEqual(['GRAPHQL_VALIDATION_FAILED']);
  }
});

test('an overflowing number is refused, as a literal and as a variable; a long ID is not a number', async () => {
  await using shop = await startShopGateway();
  const huge = `1${'0'.repeat(400)}`;
  for (const literal of ['1e400', '-1e400', huge]) {
    const refused = await shop.ask({ query: `{ echo(input: { weight: ${literal} }) }` });
    expect(refused.body.errors?.map(({ extensions }) => extensions.code)).toEqual(['GRAPHQL_VALIDATION_FAILED']);
  }
  const asVariable = `{"query":"query ($weight: Float) { echo(input: { weight: $weight }) }","variables":{"weight":1e400}}`;
  const refused = await shop.ask(asVariable);
  expect(refused.body.errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
  expect((await shop.ask({ query: '{ echo(input: { weight: 1e300 }) }' })).body.errors).toBeUndefined();
  expect((await shop.ask({ query: `{ product(id: ${huge}) { name } }` })).body).toEqual({ data: { product: null } });
});

test('the introspection query of tools is allowed, and more is refused', async () => {
  await using shop = await startShopGateway();
  const everything = getIntrospectionQuery({ specifiedByUrl: true, inputValueDeprecation: true, oneOf: true });
  expect(codesOf(await shop.ask({ query: everything }))).toBeUndefined();
  const type = 'type { name kind ofType { name kind } }';
  const fields = `fields { name description ${type} args { name description ${type} } }`;
  const again = Array.from({ length: 20 }, (_, n) => `a${n}: __schema { types { name ${fields} } }`).join(' ');
  const inside = `__schema { types { ${Array.from({ length: 20 }, (_, n) => `a${n}: ${fields}`).join(' ')} } }`;
  const nested = `__schema { types { ...T } } } fragment T on __Type { fields { type { name ${fields} } }`;
  for (const query of [again, inside, nested].map((text) => `{ ${text} }`)) {
    expect(codesOf(await shop.ask({ query }))).toEqual(['GRAPHQL_VALIDATION_FAILED']);
  }
});

test('a fragment that spreads itself is a validation error', async () => {
  await using shop = await startShopGateway();
  const query = '{ me { ...F } } fragment F on Author { friend { ...F } }';
  expect(codesOf(await shop.ask({ query }))).toEqual(['GRAPHQL_VALIDATION_FAILED']);
});
