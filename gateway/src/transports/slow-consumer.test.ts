/** A client that does not read: its subscription ends with a code and a cursor, and nobody else notices. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { bearer, follow, socketClient, startLiveGateway, take, until } from '../testing/live-gateway';

const EVENTS =
  'subscription ($after: String) { deskEvents(desk: "city", after: $after) { cursor ... on StoryFiled { story { headline } } } }';

interface Message {
  type: string;
  payload: never;
}

test('what was delivered and what the cursor brings back are together everything, once and in order', async () => {
  await using live = await startLiveGateway({ SUBSCRIPTION_QUEUE_EVENTS: '10', SUBSCRIPTION_MEMORY_EVENTS: '2' });
  using reader = socketClient(live.wsUrl, 'ada');
  const read = follow(reader, EVENTS);
  const slow = new WebSocket(live.wsUrl, 'graphql-transport-ws');
  const heard: Message[] = [];
  slow.on('message', (data) => heard.push(JSON.parse(String(data)) as Message));
  await once(slow, 'open');
  slow.send(JSON.stringify({ type: 'connection_init', payload: bearer('bob') }));
  await until(() => heard.length === 1);
  slow.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: EVENTS } }));
  await until(() => live.room.counts.authorised === 2);
  slow.pause();
  // More than the network between the two can hold.
  const total = 400;
  for (let i = 0; i < total; i++) {
    live.room.publish('city', 'x'.repeat(50_000));
    await take(read, 1);
  }
  slow.resume();
  await until(() => heard.at(-1)!.type === 'error');
  const delivered = heard.slice(1, -1).map(({ payload }) => cursorOf(payload));
  const [error] = heard.at(-1)!.payload as [{ extensions: { code: string; cursor: string } }];
  expect(error.extensions).toEqual({ code: 'SUBSCRIPTION_TOO_SLOW', cursor: delivered.at(-1) });
  const rest = await take(follow(reader, EVENTS, { after: error.extensions.cursor }), total - delivered.length);
  expect([...delivered, ...rest.map(cursorOf)]).toEqual(Array.from({ length: total }, (_, index) => String(index + 1)));
  slow.terminate();
});

function cursorOf(result: unknown): string {
  return (result as { data: { deskEvents: { cursor: string } } }).data.deskEvents.cursor;
}
