/** The send queue of a connection: coalesced, bounded, and never dropped silently. */
import type { Payload } from '../subscriptions/sink';
import { NO_FRAMING } from './encoder';
import { Lane } from './lane';
import { Flusher, Outbox } from './outbox';

const NOTHING = Buffer.alloc(0);

const [PREFIX, SUFFIX] = [Buffer.from('<'), Buffer.from('>')];

function setUp({ maxEvents = 100, maxBytes = 1_000_000, flusher = new Flusher() } = {}) {
  const written: string[] = [];
  const writes: Buffer[] = [];
  const state = { isFull: false, floods: 0 };
  const write = (bytes: Buffer) => {
    written.push(bytes.toString());
    writes.push(bytes);
    return !state.isFull;
  };
  const outbox = new Outbox({ write }, NO_FRAMING, flusher, { maxEvents, maxBytes }, () => void state.floods++);
  const overflows: (string | undefined)[] = [];
  const lane = (prefix = PREFIX) => new Lane(prefix, SUFFIX, (cursor) => overflows.push(cursor));
  return { outbox, written, writes, state, overflows, lane };
}

const payload = (text: string, others: Partial<Payload> = {}): [Payload] => [
  { bytes: Buffer.from(text), cursor: text, ...others },
];
const turn = () => new Promise((resolve) => setImmediate(resolve));

// A clock that stands still: on a busy machine, the pause after a long flush would hold up messages that a test expects in the next turn.
beforeEach(() => void jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }));
afterEach(() => void jest.useRealTimers());

test('messages of one event-loop turn are coalesced into one write, in order', async () => {
  const { outbox, written, lane } = setUp();
  const [one, two] = [lane(), lane()];
  outbox.push(one, payload('a'));
  outbox.push(two, payload('b'));
  outbox.send(Buffer.from('!'));
  outbox.push(one, payload('c'));
  await turn();
  expect(written).toEqual(['<a><b>!<c>']);
});

test('a message that can wait leaves with the next one, or after 50 ms', async () => {
  const { outbox, written, lane } = setUp();
  const one = lane();
  outbox.push(one, payload('a', { canWait: true }));
  outbox.send(Buffer.from('!'), true);
  await turn();
  expect(written).toEqual([]);
  outbox.push(one, payload('b'));
  await turn();
  expect(written).toEqual(['<a>!<b>']);
  outbox.push(one, payload('c', { canWait: true }));
  jest.advanceTimersByTime(49);
  await turn();
  expect(written).toHaveLength(1);
  jest.advanceTimersByTime(50);
  await turn();
  expect(written).toEqual(['<a>!<b>', '<c>']);
});

test('the size of a write is limited', async () => {
  const { outbox, written, lane } = setUp();
  const one = lane();
  for (let index = 0; index < 10; index++) outbox.push(one, payload('x'.repeat(30_000)));
  await turn();
  expect(written.length).toBeGreaterThan(1);
  expect(written.join('')).toHaveLength(10 * 30_002);
});

test('connections with equal queues share the encoded bytes, and others do not', async () => {
  const flusher = new Flusher();
  const alike = [setUp({ flusher }), setUp({ flusher })] as const;
  const longer = setUp({ flusher });
  const otherwise = setUp({ flusher });
  const [first, second] = [payload('x'.repeat(40_000)), payload('y'.repeat(40_000))];
  for (const { outbox, lane } of [...alike, longer]) {
    const one = lane();
    for (const event of [first, second]) outbox.push(one, [...event]);
  }
  longer.outbox.push(longer.lane(), payload('z'));
  otherwise.outbox.push(otherwise.lane(Buffer.from('(')), first);
  await turn();
  const all = `<${first[0].bytes.toString()}><${second[0].bytes.toString()}>`;
  expect(alike.map(({ written }) => written.join(''))).toEqual([all, all]);
  expect(alike[0].writes[0]).toBe(alike[1].writes[0]);
  expect(longer.written.join('')).toBe(`${all}<z>`);
  expect(otherwise.written).toEqual([`(${first[0].bytes.toString()}>`]);
});

test('after a long flush, messages are collected for a while', async () => {
  const flusher = new Flusher();
  const { outbox, written, lane } = setUp({ flusher });
  const slow = new Outbox(
    { write: () => (jest.advanceTimersByTime(4), true) },
    NO_FRAMING,
    flusher,
    { maxEvents: 1, maxBytes: 1 },
    () => undefined,
  );
  slow.send(Buffer.from('!'));
  await turn();
  const one = lane();
  for (const event of ['a', 'b']) {
    outbox.push(one, payload(event));
    await turn();
  }
  expect(written).toEqual([]);
  jest.advanceTimersByTime(4);
  expect(written).toEqual(['<a><b>']);
});

test('nothing is written to a full pipe until it drains', async () => {
  const { outbox, written, state, lane } = setUp();
  const one = lane();
  state.isFull = true;
  outbox.push(one, payload('a'));
  await turn();
  outbox.push(one, payload('b'));
  await turn();
  expect(written).toEqual(['<a>']);
  state.isFull = false;
  outbox.drained();
  expect(written).toEqual(['<a>', '<b>']);
});

test.each([
  ['events', { maxEvents: 2 }, ['b', 'c', 'd']],
  ['bytes', { maxBytes: 5 }, ['bb', 'ccc', 'd']],
])(
  'too many queued %s end the subscription with its last cursor and do not affect others',
  async (_what, limits, events) => {
    const { outbox, written, state, overflows, lane } = setUp(limits);
    const [slow, other] = [lane(), lane()];
    state.isFull = true;
    outbox.push(slow, payload('a'));
    await turn();
    outbox.push(other, payload('o'));
    for (const event of events) outbox.push(slow, payload(event));
    await turn();
    expect(overflows).toEqual(['a']);
    outbox.push(slow, payload('late'));
    outbox.send(Buffer.from('end'));
    state.isFull = false;
    outbox.drained();
    expect(written.join('')).toBe('<a><o>end');
  },
);

test('results of one turn may exceed the limit if the client reads', async () => {
  const { outbox, written, overflows, lane } = setUp({ maxEvents: 2 });
  const one = lane();
  for (const event of ['a', 'b', 'c', 'd', 'e']) outbox.push(one, payload(event));
  await turn();
  expect(written.join('')).toBe('<a><b><c><d><e>');
  expect(overflows).toEqual([]);
});

test('results that come together are queued until the limit is reached, and each has its cursor', async () => {
  const { outbox, written, state, overflows, lane } = setUp({ maxEvents: 3 });
  const [reader, slow] = [lane(), lane()];
  outbox.push(
    reader,
    ['a', 'b'].flatMap((text) => payload(text)),
  );
  await turn();
  expect(written).toEqual(['<a><b>']);
  state.isFull = true;
  outbox.push(reader, payload('c'));
  await turn();
  outbox.push(
    slow,
    ['d', 'e'].flatMap((text) => payload(text, { after: `before ${text}` })),
  );
  outbox.push(
    slow,
    ['f', 'g'].flatMap((text) => payload(text)),
  );
  outbox.push(slow, payload('late'));
  await turn();
  expect(overflows).toEqual(['before d']);
  state.isFull = false;
  outbox.drained();
  expect(written.join('')).toBe('<a><b><c>');
});

test('the part of results that a client has read moves its cursor', async () => {
  const { outbox, state, overflows, lane } = setUp({ maxEvents: 2 });
  const one = lane();
  state.isFull = true;
  outbox.push(
    one,
    ['a', 'b'].flatMap((text) => payload(text)),
  );
  await turn();
  outbox.push(
    one,
    ['c', 'd', 'e'].flatMap((text) => payload(text)),
  );
  await turn();
  expect(overflows).toEqual(['b']);
});

test('whenDrained settles when the client has read', async () => {
  const { outbox, state, lane } = setUp({ maxEvents: 4 });
  const one = lane();
  state.isFull = true;
  for (const event of ['a', 'b', 'c']) outbox.push(one, payload(event));
  expect(outbox.whenDrained(one)).toBeDefined();
  const isRead = outbox.whenDrained(one)!.then(() => true);
  await turn();
  expect(await isRead).toBe(true);
  expect(outbox.whenDrained(one)).toBeUndefined();
});

test('a client that sends without reading is disconnected', async () => {
  const { outbox, state } = setUp();
  state.isFull = true;
  outbox.send(NOTHING);
  await turn();
  for (let index = 0; index < 2_000; index++) outbox.send(NOTHING);
  expect(state.floods).toBeGreaterThan(0);
});

test('any number of messages in one turn is written to a client that reads', async () => {
  const { outbox, written, state } = setUp();
  for (let index = 0; index < 2_500; index++) outbox.send(Buffer.from('!'));
  await turn();
  expect([state.floods, written.join('').length]).toEqual([0, 2_500]);
});

test('a client that has read nothing gets the cursor before the first result', async () => {
  const { outbox, state, overflows, lane } = setUp({ maxEvents: 1 });
  state.isFull = true;
  outbox.send(Buffer.from('ack'));
  await turn();
  const slow = lane();
  outbox.push(slow, payload('b', { after: 'a' }));
  outbox.push(slow, payload('c', { after: 'b' }));
  await turn();
  expect(overflows).toEqual(['a']);
});

test('finishing flushes the queue first', async () => {
  const { outbox, written, state, lane } = setUp();
  const one = lane();
  const order: string[] = [];
  state.isFull = true;
  outbox.push(one, payload('a'));
  await turn();
  outbox.push(one, payload('b'));
  outbox.finish(() => order.push(written.join('')));
  outbox.push(one, payload('too late'));
  state.isFull = false;
  outbox.drained();
  expect(order).toEqual(['<a><b>']);
});

test('unread pongs with large payloads count by their size', async () => {
  const { outbox, state } = setUp();
  const pong = Buffer.alloc(1024 * 1024);
  state.isFull = true;
  outbox.send(pong);
  await turn();
  for (let count = 0; count < 4; count++) outbox.send(pong);
  expect(state.floods).toBe(0);
  outbox.send(pong);
  expect(state.floods).toBe(1);
});
