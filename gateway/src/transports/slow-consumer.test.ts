/** A client that does not read: its subscription ends with a code and a cursor, and others are not affected. */
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import type { ExecutionResult } from 'graphql';
import { WebSocket } from 'ws';
import { bearer, follow, socketClient, startLiveGateway, take, until, type LiveGateway } from '../testing/live-gateway';

const EVENTS =
  'subscription ($after: String) { deskEvents(desk: "city", after: $after) { cursor ... on StoryFiled { story { headline } } } }';

/** A client that can stop reading. `heard` gets every result; an error is a result without data. */
type Connect = (
  live: LiveGateway,
  heard: ExecutionResult[],
) => Promise<{ pause(): unknown; resume(): unknown; end(): unknown }>;

const overWebSocket: Connect = async ({ wsUrl }, heard) => {
  const socket = new WebSocket(wsUrl, 'graphql-transport-ws');
  socket.on('message', (data) => {
    const { type, payload } = JSON.parse(String(data)) as { type: string; payload: never };
    if (type === 'connection_ack')
      socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: EVENTS } }));
    else heard.push(type === 'error' ? { errors: payload } : payload);
  });
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', payload: bearer('bob') }));
  return { pause: () => socket.pause(), resume: () => socket.resume(), end: () => socket.terminate() };
};

const overEventStream: Connect = async ({ url }, heard) => {
  const headers = { ...bearer('bob'), accept: 'text/event-stream', 'content-type': 'application/json' };
  const asked = request(url, { method: 'POST', headers });
  asked.end(JSON.stringify({ query: EVENTS }));
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  let text = '';
  response.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (text + chunk).split('\n');
    text = lines.pop()!;
    for (const line of lines) if (line.startsWith('data: {')) heard.push(JSON.parse(line.slice(6)) as ExecutionResult);
  });
  return { pause: () => response.pause(), resume: () => response.resume(), end: () => response.destroy() };
};

test.each([
  ['WebSocket', overWebSocket],
  ['an event stream', overEventStream],
])(
  'over %s, the delivered events and those after the cursor are complete, once and in order',
  async (_what, connect) => {
    await using live = await startLiveGateway({ SUBSCRIPTION_QUEUE_EVENTS: '10', SUBSCRIPTION_MEMORY_EVENTS: '2' });
    using reader = socketClient(live.wsUrl, 'ada');
    const read = follow(reader, EVENTS);
    const heard: ExecutionResult[] = [];
    const slow = await connect(live, heard);
    await until(() => live.room.counts.authorised === 2 && live.room.counts.live === 1);
    slow.pause();
    // More than the socket buffers can hold.
    const total = 400;
    for (let i = 0; i < total; i++) {
      live.room.publish('city', 'x'.repeat(50_000));
      await take(read, 1);
    }
    slow.resume();
    await until(() => heard.at(-1)?.errors !== undefined);
    const delivered = heard.slice(0, -1).map(cursorOf);
    expect(heard.at(-1)!.errors![0]!.extensions).toEqual({ code: 'SUBSCRIPTION_TOO_SLOW', cursor: delivered.at(-1) });
    const rest = await take(follow(reader, EVENTS, { after: delivered.at(-1) }), total - delivered.length);
    expect([...delivered, ...rest.map(cursorOf)]).toEqual(
      Array.from({ length: total }, (_, index) => String(index + 1)),
    );
    slow.end();
  },
);

function cursorOf(result: unknown): string {
  return (result as { data: { deskEvents: { cursor: string } } }).data.deskEvents.cursor;
}
