/** Events of several subscriptions in one message, over a real WebSocket. */
import { once } from 'node:events';
import type { ExecutionResult } from 'graphql';
import { WebSocket, type RawData } from 'ws';
import { createLogger } from '../logging';
import { eventually } from '../testing/eventually';
import type { GraphQLService } from './service';
import { SharedEvents, TAKES_SHARED_EVENTS_HEADER, writeSharedEvent } from './shared-events';
import { markShared } from './shared-results';
import { serveSubgraph } from './subgraph-server';

const result = (n: number): ExecutionResult => ({ data: { n } });

/** A service with streams that deliver the same events. */
class Broadcast implements Pick<GraphQLService, 'subscribe'> {
  private readonly queues: ((event: ExecutionResult) => void)[] = [];

  get size(): number {
    return this.queues.length;
  }

  subscribe = () => {
    let waiting = Promise.withResolvers<ExecutionResult>();
    const events = [waiting.promise];
    this.queues.push((event) => {
      waiting.resolve(event);
      waiting = Promise.withResolvers();
      events.push(waiting.promise);
    });
    return Promise.resolve(
      (async function* () {
        for (;;) yield await events.shift()!;
      })(),
    );
  };

  send(event: ExecutionResult): void {
    for (const push of this.queues) push(event);
  }
}

async function follow(headers: Record<string, string>) {
  const parts = new AsyncDisposableStack();
  const broadcast = new Broadcast();
  const server = parts.use(
    await serveSubgraph(
      {
        name: 'broadcast',
        service: broadcast as unknown as GraphQLService,
        ready: () => Promise.resolve(),
        health: () => Promise.resolve({}),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      },
      { host: '127.0.0.1', port: 0, log: createLogger('test', 'silent') },
    ),
  );
  const socket = new WebSocket(server.url.replace('http', 'ws'), 'graphql-transport-ws', { headers });
  parts.defer(() => socket.terminate());
  const messages: string[] = [];
  socket.on('message', (data: RawData) => messages.push((data as Buffer).toString()));
  await once(socket, 'open');
  socket.send('{"type":"connection_init"}');
  await eventually(() => Promise.resolve(messages.length === 1));
  for (const id of ['a', 'b', 'c'])
    socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query: 'subscription { n }' } }));
  await eventually(() => Promise.resolve(broadcast.size === 3));
  messages.length = 0;
  return { parts, broadcast, messages };
}

test('a gateway that takes them gets a shared event of its subscriptions once, and other events for each', async () => {
  const { parts, broadcast, messages } = await follow({ [TAKES_SHARED_EVENTS_HEADER]: '1' });
  await using _ = parts;
  const shared = markShared(result(1));
  broadcast.send(shared);
  await eventually(() => Promise.resolve(messages.length > 0));
  broadcast.send(result(2));
  await eventually(() => Promise.resolve(messages.length === 4));
  expect(messages[0]).toBe(writeSharedEvent(['a', 'b', 'c'], shared));
  expect(messages.slice(1).map((text) => (JSON.parse(text) as { id: string }).id)).toEqual(['a', 'b', 'c']);
});

test('any other client gets ordinary messages', async () => {
  const { parts, broadcast, messages } = await follow({});
  await using _ = parts;
  broadcast.send(markShared(result(1)));
  await eventually(() => Promise.resolve(messages.length === 3));
  expect(messages.map((text) => JSON.parse(text) as unknown)).toEqual(
    ['a', 'b', 'c'].map((id) => ({ id, type: 'next', payload: result(1) })),
  );
});

test('each subscription has its events in their order', async () => {
  const sent: string[] = [];
  const events = new SharedEvents((message, settle) => {
    sent.push(message);
    settle();
  });
  const [one, two] = [result(1), result(2)];
  const waits = [events.add('late', two), events.add('early', one), events.add('early', two)];
  events.flush();
  await Promise.all(waits);
  expect(sent).toEqual([
    writeSharedEvent(['late'], two),
    writeSharedEvent(['early'], one),
    writeSharedEvent(['early'], two),
  ]);
});

test('a subscription learns that its event could not be written', async () => {
  const events = new SharedEvents((_message, settle) => settle(new Error('closed')));
  const sent = events.add('a', result(1));
  events.flush();
  await expect(sent).rejects.toThrow('closed');
});
