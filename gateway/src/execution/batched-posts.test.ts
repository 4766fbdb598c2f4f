/** Mutations of one turn of the event loop to a subgraph that takes batches, and to one of an earlier release. */
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  BATCH_TYPE,
  readRequests,
  TAKES_BATCHES_HEADER,
  writeAnswer,
  type BatchedRequest,
} from '@chat/kit/graphql/request-batch';
import { setImmediate as turn } from 'node:timers/promises';
import { HttpService } from './http-service';

/** Answers a batch. */
let handle: (requests: BatchedRequest[], response: ServerResponse) => void;
let takesBatches: boolean;
let server: Server;
let service: HttpService;
/** The names of the requests in each HTTP request. */
let seen: string[][];

const ask = (name: string, options: { signal?: AbortSignal; canWait?: boolean } = {}) =>
  service.execute({ query: `mutation { ${name} }` }, { headers: { 'x-viewer': name }, ...options });
const result = (name: string | undefined) => ({ data: { name } });
const answerOf = (requests: BatchedRequest[], index: number) =>
  writeAnswer({ index, status: 200, body: JSON.stringify(result(requests[index]!.headers['x-viewer'])) });

beforeEach(async () => {
  takesBatches = true;
  seen = [];
  handle = (requests, response) => response.end(requests.map((_, index) => answerOf(requests, index)).join(''));
  server = createServer(async (request, response) => {
    const body = await text(request);
    if (!takesBatches && request.headers['content-type'] === BATCH_TYPE) {
      seen.push(['refused']);
      return response.writeHead(400).end('{"errors":[{"message":"Send a JSON object with a query."}]}');
    }
    if (request.headers['content-type'] === BATCH_TYPE) {
      const requests = readRequests(body);
      seen.push(requests.map(({ headers }) => headers['x-viewer']!));
      response.setHeader('content-type', BATCH_TYPE);
      return handle(requests, response);
    }
    const name = String(request.headers['x-viewer']);
    seen.push([name]);
    if (takesBatches) response.setHeader(TAKES_BATCHES_HEADER, '1');
    return response.end(JSON.stringify(result(name)));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  service = new HttpService({ name: 'shop', url, timeoutMs: 10_000, maxAnswerBytes: 1000, connections: 2 });
  await ask('first'); // and learns that batches are taken
});

afterEach(async () => {
  jest.useRealTimers();
  server.closeAllConnections();
  await service[Symbol.asyncDispose]();
  server.close();
});

test('mutations of one turn share an HTTP request, one without others has its own, and so has a query', async () => {
  expect(await Promise.all(['a', 'b', 'c'].map((query) => ask(query)))).toEqual(['a', 'b', 'c'].map(result));
  expect(await ask('d')).toEqual(result('d'));
  const queries = ['e', 'f'].map((name) => service.execute({ query: '{ a }' }, { headers: { 'x-viewer': name } }));
  expect(await Promise.all(queries)).toEqual(['e', 'f'].map(result));
  expect(seen.map((names) => names.join()).sort()).toEqual(['a,b,c', 'd', 'e', 'f', 'first']);
});

test('mutations that can wait share a request, later if there were several before; the first waits for nothing, and another mutation takes them along', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'setInterval', 'Date'] });
  const paced = (name: string) => ask(name, { canWait: true });
  expect(await paced('a')).toEqual(result('a'));
  const waiting = [paced('b')];
  await turn();
  waiting.push(paced('c'));
  await turn();
  jest.advanceTimersByTime(3);
  await turn();
  expect(seen.at(-1)).toEqual(['a']);
  jest.advanceTimersByTime(1);
  expect(await Promise.all(waiting)).toEqual(['b', 'c'].map(result));
  const taken = paced('d');
  await turn();
  expect(await Promise.all([taken, ask('e')])).toEqual(['d', 'e'].map(result));
  const last = paced('f');
  jest.advanceTimersByTime(7);
  await turn();
  expect(seen.at(-1)).toEqual(['d', 'e']);
  jest.advanceTimersByTime(1);
  expect(await last).toEqual(result('f'));
  expect(seen.slice(1)).toEqual([['a'], ['b', 'c'], ['d', 'e'], ['f']]);
});

test('an answer counts when it arrives, in any order and in any pieces', async () => {
  let finish: () => void = () => undefined;
  handle = (requests, response) => {
    for (const letter of answerOf(requests, 1)) response.write(letter);
    finish = () => response.end(answerOf(requests, 0));
  };
  const [slow, quick] = [ask('slow'), ask('quick')];
  expect(await quick).toEqual(result('quick'));
  finish();
  expect(await slow).toEqual(result('slow'));
});

test('a request that is given up leaves the others alone; when all are, the HTTP request ends', async () => {
  const abort = new AbortController();
  let answer: () => void = () => undefined;
  let closed: Promise<unknown> | undefined;
  handle = (requests, response) => {
    closed = once(response, 'close');
    answer = () => response.write(answerOf(requests, 1));
    abort.abort(new Error('the client has left'));
  };
  const [left, stays] = [ask('left', { signal: abort.signal }), ask('stays')];
  await expect(left).rejects.toThrow('the client has left');
  answer();
  expect(await stays).toEqual(result('stays'));

  const both = new AbortController();
  handle = (_requests, response) => {
    closed = once(response, 'close');
    both.abort(new Error('both have left'));
  };
  const asked = ['a', 'b'].map((query) => ask(query, { signal: both.signal }));
  for (const each of asked) await expect(each).rejects.toThrow('both have left');
  await closed;
});

test('an answer that is too long fails alone', async () => {
  handle = (requests, response) => {
    response.write(writeAnswer({ index: 0, status: 200, body: JSON.stringify({ data: 'x'.repeat(2000) }) }));
    response.end(answerOf(requests, 1));
  };
  const [long, short] = [ask('long'), ask('short')];
  await expect(long).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  expect(await short).toEqual(result('short'));
});

test('if the connection breaks, no mutation is sent again, and those with an answer keep it', async () => {
  handle = (requests, response) => response.write(answerOf(requests, 0), () => response.destroy());
  const asked = await Promise.allSettled(['answered', 'lost'].map((name) => ask(name)));
  expect(asked).toEqual([
    { status: 'fulfilled', value: result('answered') },
    { status: 'rejected', reason: expect.objectContaining({ code: 'SERVICE_UNAVAILABLE' }) },
  ]);
  expect(seen).toHaveLength(2);
});

test('a subgraph that no longer takes batches gets the requests one by one', async () => {
  takesBatches = false;
  expect(await Promise.all(['a', 'b'].map((query) => ask(query)))).toEqual(['a', 'b'].map(result));
  await Promise.all([ask('c'), ask('d')]);
  const [, refused, ...others] = seen;
  expect(refused).toEqual(['refused']);
  expect(others.flat().sort()).toEqual(['a', 'b', 'c', 'd']);
});
