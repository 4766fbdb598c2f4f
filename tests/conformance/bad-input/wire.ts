/** Malformed requests on a connection with other operations. */
import { messagesAreHeard } from '../harness/beginnings';
import WebSocket from 'ws';
import type { Data, Person } from '../harness/person';
import type { System } from '../harness/system';

export function wire(system: System): void {
  let ada: Person;
  let channelId: string;
  beforeAll(async () => {
    ada = await system.person('ada');
    ({ id: channelId } = await ada.does('CreateChannel', { input: { name: 'open line' } }));
  });
  const send = (body: string) => ada.does('SendMessage', { input: { channelId, body } });

  test.each<[string, string, string]>([
    ['a syntax error', 'subscription {', 'GRAPHQL_PARSE_FAILED'],
    ['a field that is not there', 'subscription { noSuchField }', 'GRAPHQL_VALIDATION_FAILED'],
    ['an empty document', ' ', 'GRAPHQL_PARSE_FAILED'],
    ['a variable of the wrong type', 'query ($id: Int!) { user(id: $id) { id } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['selections without end', `{ me ${'{ id '.repeat(500)}${'}'.repeat(500)} }`, 'GRAPHQL_VALIDATION_FAILED'],
  ])('%s on a WebSocket is an error of that operation, and the others live on', async (_what, query, code) => {
    const watch = await ada.follows('MessageAdded', { channelId });
    await messagesAreHeard(watch, ada, channelId);
    const broken = ada.socket.iterate({ query }).next();
    const [error] = (await broken.then(
      ({ value }) => value.errors as Data[],
      (errors: Data[]) => errors,
    )) as [Data];
    expect(error.extensions.code).toMatch(new RegExp(`${code}|LIMIT_EXCEEDED`));
    const { id } = await send('still here');
    expect((await watch.next()).id).toBe(id);
    await watch.end();
  });

  test.each(['"tomorrow"', '"2026-02-30T00:00:00Z"', '{}', '[]', 'NEVER', '1.5'])(
    'a time in the document that is %s is refused like one in a variable',
    async (sendAt) => {
      const input = `{ channelId: "${channelId}", body: "later", sendAt: ${sendAt} }`;
      const { errors } = await ada.asks(`mutation { scheduleMessage(input: ${input}) { id } }`);
      expect(errors[0].extensions.code).toBe('BAD_USER_INPUT');
    },
  );

  test('a message of a megabyte is refused with a code', async () => {
    const input = { channelId, body: 'a'.repeat(1_048_576) };
    expect((await ada.isRefused('SendMessage', { input })).code).toMatch(/^(LIMIT_EXCEEDED|BAD_USER_INPUT)$/);
    const fits = { channelId, body: 'a'.repeat(1_000_000) };
    expect((await ada.isRefused('SendMessage', { input: fits })).code).toBe('BAD_USER_INPUT');
    expect((await ada.mayNotFollow('SendMessage', { input: fits })).code).toBe('BAD_USER_INPUT');
  });

  test.each([
    ['no JSON', 'not json'],
    ['JSON that is no message', '42'],
    ['a message of no known type', '{"type":"shout"}'],
    [
      'a subscription before the connection is open',
      '{"type":"subscribe","id":"1","payload":{"query":"{ me { id } }"}}',
    ],
    ['a frame that is too big', 'x'.repeat(2_000_000)],
  ])('%s ends only the socket that it came on', async (_what, text) => {
    const watch = await ada.follows('MessageAdded', { channelId });
    await messagesAreHeard(watch, ada, channelId);
    const socket = new WebSocket(system.url.replace(/^http/, 'ws'), 'graphql-transport-ws');
    const closed = new Promise<number>((resolve) => socket.on('close', resolve));
    socket.on('error', () => undefined);
    socket.on('open', () => socket.send(text));
    expect([1009, 4400, 4401]).toContain(await closed);
    const { id } = await send('still here');
    expect((await watch.next()).id).toBe(id);
    await watch.end();
  });

  test.each<[string, RequestInit]>([
    ['no JSON', { body: 'not json' }],
    ['JSON that is no request', { body: '42' }],
    ['no query', { body: '{}' }],
    ['variables that are none', { body: '{"query":"{ me { id } }","variables":"x"}' }],
    ['nothing', { body: '' }],
  ])('%s over HTTP is told apart from a server that fails', async (_what, init) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(system.url, { method: 'POST', headers, ...init });
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
    const { errors } = (await response.json()) as Data;
    expect(errors[0].extensions.code).toMatch(/^(BAD_REQUEST|GRAPHQL_PARSE_FAILED|GRAPHQL_VALIDATION_FAILED)$/);
  });
}
