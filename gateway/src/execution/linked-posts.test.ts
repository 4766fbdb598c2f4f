/** Requests over links to a subgraph that takes them, and to one that does not or no longer. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import {
  GOODBYE,
  LineReader,
  PARTS_PROTOCOL,
  PROCESS_HEADER,
  readRequest,
  TAKES_LINKS_HEADER,
  writeAnswer,
} from '@chat/kit/graphql/request-link';
import { ReceivedParts } from '@chat/kit/graphql/request-parts';
import { HttpService } from './http-service';

/** A request as it came over a link. */
interface Came {
  name: string;
  answer: () => string;
  socket: Duplex;
}

/** Handles the requests of one write. */
let handle: (requests: Came[]) => void;
let takesLinks: boolean;
/** The value of the header by which the server tells it. */
let version: string;
let server: Server;
let service: HttpService;
/** The names of the requests of each write, or of an HTTP request. */
let seen: string[];
let links: Duplex[];
/** The lengths of all lines. */
let lengths: number[];
/** The name of the process behind the next link; none if empty. */
let processOf: (link: number) => string;

const ask = (name: string, options: { signal?: AbortSignal; canWait?: boolean } = {}) =>
  service.execute({ query: `mutation { ${name} }` }, { headers: { 'x-viewer': name }, ...options });
const query = (name: string) => service.execute({ query: `{ ${name} }` }, { headers: { 'x-viewer': name } });
const result = (name: string | undefined) => ({ data: { name } });
const answerAll = (requests: Came[]) => requests.forEach(({ socket, answer }) => socket.write(answer()));

const fakeClock = () =>
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'setInterval', 'Date'] });

/** Until the service has opened its links. */
async function untilLinked(): Promise<void> {
  await ask('first');
  for (; links.length < 4;) await turn();
  for (let attempt = 0; !seen.at(-1)?.startsWith('link'); attempt++) await ask(`try${attempt}`);
  seen.length = 0;
}

beforeEach(async () => {
  takesLinks = true;
  version = '2';
  lengths = [];
  seen = [];
  links = [];
  processOf = () => 'one';
  handle = answerAll;
  server = createServer((request, response) => {
    const name = String(request.headers['x-viewer']);
    seen.push(`http ${name}`);
    if (takesLinks) response.setHeader(TAKES_LINKS_HEADER, version);
    response.end(JSON.stringify(result(name)));
  });
  server.on('upgrade', (request, socket) => {
    socket.on('error', () => socket.destroy());
    if (!takesLinks) return socket.end('HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n');
    const protocol = request.headers.upgrade!;
    const processId = processOf(links.push(socket) - 1);
    const named = processId && `${PROCESS_HEADER}: ${processId}\r\n`;
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: ${protocol}\r\n${named}\r\n`);
    const parts = protocol === PARTS_PROTOCOL ? new ReceivedParts() : undefined;
    let came: Came[] = [];
    const reader = new LineReader(100_000, (line) => {
      const { number, headers } = readRequest(line, parts);
      lengths.push(line.length);
      const name = headers['x-viewer']!;
      came.push({
        name,
        socket,
        answer: () => writeAnswer({ numbers: [number], status: 200, body: JSON.stringify(result(name)) }),
      });
    });
    socket.on('data', (chunk: Buffer) => {
      reader.read(chunk);
      seen.push(`link ${came.map(({ name }) => name).join()}`);
      handle(came);
      came = [];
    });
    socket.once('end', () => socket.end());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  service = new HttpService({ name: 'shop', url, timeoutMs: 10_000, maxAnswerBytes: 1000, connections: 2 });
});

afterEach(async () => {
  jest.useRealTimers();
  for (const link of links) link.destroy();
  server.closeAllConnections();
  await service[Symbol.asyncDispose]();
  server.close();
});

test('requests of one turn share a write', async () => {
  await untilLinked();
  const asked = ['a', 'b'].map((name) => ask(name));
  expect(await Promise.all([...asked, query('c')])).toEqual(['a', 'b', 'c'].map(result));
  expect(await ask('d')).toEqual(result('d'));
  expect(seen).toEqual(['link a,b,c', 'link d']);
});

describe('the links of', () => {
  /** The link of each of six requests, one after the other. */
  async function used(): Promise<number[]> {
    await untilLinked();
    const indexes: number[] = [];
    handle = (requests) => {
      indexes.push(...requests.map(({ socket }) => links.indexOf(socket)));
      answerAll(requests);
    };
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await ask(name);
    return indexes;
  }

  test('one process: the first is used', async () => {
    expect(new Set(await used()).size).toBe(1);
  });

  test('two processes: each process in its turn, however many links lead to it', async () => {
    processOf = (link) => (link === 2 ? 'other' : 'one');
    const indexes = await used();
    expect(indexes.filter((index) => index === 2)).toHaveLength(3);
    expect(new Set(indexes).size).toBe(2);
  });

  test('processes that give no name: each link in its turn', async () => {
    processOf = () => '';
    expect((await used()).toSorted()).toEqual(expect.arrayContaining([0, 1, 2, 3]));
  });

  test('a process: the next one is used while a long answer is under way on the first', async () => {
    await untilLinked();
    const came: Came[] = [];
    handle = (requests) => {
      came.push(...requests);
      if (came.length > 1) return;
      const [number] = came[0]!.answer().split(' ');
      came[0]!.socket.write(`${number} 200 ${'x'.repeat(300_000)}`);
    };
    const asked = [ask('slow')];
    while (came.length < 1) await turn();
    while (came.every(({ socket }) => socket === came[0]!.socket)) {
      asked.push(ask('quick'));
      await turn();
    }
    came.at(-1)!.socket.write(came.at(-1)!.answer());
    expect(await Promise.any(asked)).toEqual(result('quick'));
    for (const link of links) link.destroy();
    await Promise.allSettled(asked);
  });
});

test('a long request goes by HTTP, so that no other waits for it', async () => {
  await untilLinked();
  const request = { query: 'mutation { long }', variables: { text: 'x'.repeat(70_000) } };
  expect(await service.execute(request, { headers: { 'x-viewer': 'long' } })).toEqual(result('long'));
  expect(seen).toEqual(['http long']);
});

test('those that can wait share a write, later if there were several before; the first waits for nothing, and another takes them along', async () => {
  fakeClock();
  await untilLinked();
  handle = () => undefined;
  const writes = async (count: number) => {
    while (seen.length < count) await turn();
  };
  const paced = (name: string) => void ask(name, { canWait: true }).catch(() => undefined);
  jest.advanceTimersByTime(25);
  paced('a');
  await writes(1);
  paced('b');
  await turn();
  paced('c');
  await turn();
  jest.advanceTimersByTime(3);
  await turn();
  expect(seen).toEqual(['link a']);
  jest.advanceTimersByTime(1);
  await writes(2);
  paced('d');
  await turn();
  ask('e').catch(() => undefined);
  await writes(3);
  paced('f');
  jest.advanceTimersByTime(7);
  await turn();
  expect(seen).toEqual(['link a', 'link b,c', 'link d,e']);
  jest.advanceTimersByTime(1);
  await writes(4);
  expect(seen.at(-1)).toBe('link f');
});

test.each([
  ['1', false],
  ['2', true],
])('links of version %s repeat no headers of requests that can wait: %s', async (taken, isShort) => {
  version = taken;
  await untilLinked();
  const headers = { 'x-viewer': 'ada'.repeat(100) };
  const move = () => service.execute({ query: 'mutation { move }', variables: { x: 1 } }, { headers, canWait: true });
  for (let count = 0; count < 4; count++) await move(); // each link in its turn
  lengths.length = 0;
  expect(await move()).toEqual(result(headers['x-viewer']));
  expect(lengths[0]! < 50).toBe(isShort);
});

test('one line may answer several requests', async () => {
  await untilLinked();
  handle = (requests) => {
    const numbers = requests.map(({ answer }) => Number(answer().split(' ')[0]));
    requests[0]!.socket.write(writeAnswer({ numbers, status: 200, body: JSON.stringify(result('all')) }));
  };
  expect(await Promise.all(['a', 'b', 'c'].map((name) => ask(name)))).toEqual(Array(3).fill(result('all')));
});

test('requests that can wait share a deadline', async () => {
  fakeClock();
  await untilLinked();
  jest.advanceTimersByTime(30);
  handle = ([first]) => {
    first!.socket.write(first!.answer());
    handle = () => undefined;
  };
  const asked = ['a', 'b', 'c'].map((name) => ask(name, { canWait: true }));
  const settled = Promise.allSettled(asked);
  expect(await asked[0]).toEqual(result('a'));
  jest.advanceTimersByTime(10_100);
  const [, b, c] = await settled;
  for (const each of [b, c]) expect(each).toMatchObject({ status: 'rejected', reason: { code: 'TIMEOUT' } });
});

test('an answer counts when it arrives, in any order and in any pieces', async () => {
  await untilLinked();
  let finish: () => void = () => undefined;
  handle = ([slow, quick]) => {
    for (const letter of quick!.answer()) quick!.socket.write(letter);
    finish = () => slow!.socket.write(slow!.answer());
  };
  const [slow, quick] = [ask('slow'), ask('quick')];
  expect(await quick).toEqual(result('quick'));
  finish();
  expect(await slow).toEqual(result('slow'));
});

test('a request that is given up leaves the others alone, and its late answer is nobody’s', async () => {
  await untilLinked();
  const abort = new AbortController();
  let late: () => void = () => undefined;
  handle = ([left, stays]) => {
    abort.abort(new Error('the client has left'));
    stays!.socket.write(stays!.answer());
    late = () => left!.socket.write(left!.answer());
    handle = answerAll;
  };
  const [left, stays] = [ask('left', { signal: abort.signal }), ask('stays')];
  await expect(left).rejects.toThrow('the client has left');
  expect(await stays).toEqual(result('stays'));
  const others = Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => ask(name)));
  late();
  expect(await others).toEqual(['a', 'b', 'c', 'd', 'e'].map(result));
});

test('an answer that is too long fails alone', async () => {
  await untilLinked();
  handle = ([long, short]) => {
    const [number] = long!.answer().split(' ');
    long!.socket.write(writeAnswer({ numbers: [Number(number)], status: 200, body: 'x'.repeat(2000) }));
    short!.socket.write(short!.answer());
  };
  const [long, short] = [ask('long'), ask('short')];
  await expect(long).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  expect(await short).toEqual(result('short'));
});

test('if a link breaks, a query is repeated, no mutation is, and those with an answer keep it', async () => {
  await untilLinked();
  handle = ([answered]) => answered!.socket.write(answered!.answer(), () => answered!.socket.destroy());
  const answered = ask('answered');
  const lost = ask('lost');
  const repeated = query('repeated');
  expect(await answered).toEqual(result('answered'));
  handle = answerAll;
  await expect(lost).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  expect(await repeated).toEqual(result('repeated'));
  expect(seen.flatMap((names) => names.split(/[ ,]/)).filter((name) => name === 'lost')).toHaveLength(1);
});

test('a link on which nothing has come by the deadline of a request is given up', async () => {
  fakeClock();
  await untilLinked();
  jest.advanceTimersByTime(1);
  let closed: Promise<unknown> | undefined;
  handle = ([came]) => void (closed = once(came!.socket, 'close'));
  const asked = expect(ask('a')).rejects.toMatchObject({ code: 'TIMEOUT' });
  while (!closed) await turn();
  jest.advanceTimersByTime(10_000);
  await asked;
  await closed;
});

test('after a goodbye no request is sent, and the link ends with its last answer', async () => {
  await untilLinked();
  takesLinks = false;
  let finish: () => void = () => undefined;
  handle = ([under]) => {
    for (const link of links) link.write(`${GOODBYE}\n`);
    finish = () => under!.socket.write(under!.answer());
  };
  const ended = links.map((link) => once(link, 'end'));
  const underWay = ask('under way');
  while (seen.length < 1) await turn();
  for (let name = 0; !seen.at(-1)!.startsWith('http'); name++) await query(`q${name}`);
  finish();
  expect(await underWay).toEqual(result('under way'));
  await Promise.all(ended);
  expect(await ask('later')).toEqual(result('later'));
  expect(seen.at(-1)).toBe('http later');
});

test('a subgraph that takes no links gets all requests by HTTP', async () => {
  takesLinks = false;
  expect(await Promise.all(['a', 'b'].map((name) => ask(name)))).toEqual(['a', 'b'].map(result));
  expect(await ask('c')).toEqual(result('c'));
  expect(seen.sort()).toEqual(['http a', 'http b', 'http c']);
});
