/** graphql-transport-ws to the letter, spoken by hand. */
import { once } from 'node:events';
import { testRedisPrefix, testRedisUrl } from '@chat/kit/testing/test-redis';
import { WebSocket } from 'ws';
import { bearer, startLiveGateway, tokenFor, until, type LiveGateway } from '../../testing/live-gateway';

/** A socket whose messages are read one by one. */
class Speaker {
  readonly heard: Record<string, unknown>[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;

  constructor(readonly socket: WebSocket) {
    socket.on('message', (data) => this.heard.push(JSON.parse(String(data))));
    this.closed = once(socket, 'close').then(([code, reason]) => ({ code, reason: String(reason) }));
  }

  say(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  async hear(count = 1): Promise<Record<string, unknown>[]> {
    await until(() => this.heard.length >= count);
    return this.heard.splice(0, count);
  }
}

async function open(live: LiveGateway, protocol = 'graphql-transport-ws', headers = {}): Promise<Speaker> {
  const speaker = new Speaker(new WebSocket(live.wsUrl, protocol, { headers }));
  await once(speaker.socket, 'open');
  return speaker;
}

async function ready(live: LiveGateway, payload: unknown = bearer('ada')): Promise<Speaker> {
  const speaker = await open(live);
  speaker.say({ type: 'connection_init', payload });
  expect(await speaker.hear()).toEqual([{ type: 'connection_ack' }]);
  return speaker;
}

const STORIES = 'subscription { storyPublished(desk: "city") { id } }';
const subscribe = (id: string, query = STORIES) => ({ id, type: 'subscribe', payload: { query } });

test.each(Array.from({length:30},(_,i)=>i))('run %s', async () => {
  process.stderr.write('\n'); const env = {
    REDIS_URL: testRedisUrl(),
    REDIS_PREFIX: testRedisPrefix(),
    LIVE_CONNECTIONS_PER_ADDRESS: '3',
    LIVE_CONNECTIONS_PER_USER: '1',
  };
  process.stderr.write('6 ');
  await using one = await startLiveGateway(env);
  process.stderr.write('7 ');
  await using two = await startLiveGateway(env);
  process.stderr.write('8 ');
  for (const { url } of [one, two]) expect((await fetch(new URL('/health/ready', url))).status).toBe(200);
  process.stderr.write('9 ');
  await ready(one);
  process.stderr.write('10 ');
  const second = await open(two);
  process.stderr.write('11 ');
  second.say({ type: 'connection_init', payload: bearer('ada') });
  process.stderr.write('12 ');
  expect(await second.closed).toEqual({ code: 1013, reason: 'Too many connections of this account' });
  process.stderr.write('13 ');
  const stream = { accept: 'text/event-stream', 'content-type': 'application/json', ...bearer('ada') };
  process.stderr.write('14 ');
  const body = JSON.stringify({ query: STORIES });
  process.stderr.write('15 ');
  const distinct = () => fetch(`${two.url}/stream`, { method: 'POST', headers: stream, body });
  process.stderr.write('16 ');
  expect((await distinct()).status).toBe(429);
  process.stderr.write('17 ');

  await ready(two, bearer('bob'));
  process.stderr.write('19 ');
  const third = await open(two);
  process.stderr.write('20 ');
  const fourth = new WebSocket(one.wsUrl, 'graphql-transport-ws');
  process.stderr.write('21 ');
  const [, response] = (await once(fourth, 'unexpected-response')) as [unknown, { statusCode: number }];
  process.stderr.write('22 ');
  expect(response.statusCode).toBe(429);
  process.stderr.write('23 ');

  third.socket.close();
  process.stderr.write('25 ');
  await one[Symbol.asyncDispose]();
  process.stderr.write('26 ');
  let answer = await distinct();
  process.stderr.write('27 ');
  while (answer.status === 429) { process.stderr.write('.'); answer = await distinct(); }
  process.stderr.write('28 ');
  expect(answer.status).toBe(200);
  process.stderr.write('29 ');
  await answer.body?.cancel();
  process.stderr.write('30 ');
}, 5000);
