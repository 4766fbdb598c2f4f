/** When a reader reports that its upstream is live, with a clock of the test's own. */
import type { ExecutionResult } from 'graphql';
import { PushStream } from './push-stream';
import { UpstreamReader, type UpstreamReaderHost } from './upstream-reader';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

class NetworkStream extends PushStream<ExecutionResult> {
  readonly isUnconfirmed = true;
}

const nothing = () => undefined;

/** Starts a reader of one upstream. `begun` counts the reports. */
async function read(
  stream: PushStream<ExecutionResult>,
  { confirmsStart = true, cursor = undefined as string | undefined },
) {
  const told = { begun: 0, executed: 0 };
  const host: UpstreamReaderHost = {
    open: async () => stream,
    cursor: () => cursor,
    isStart: ({ extensions }) => extensions?.startCursor !== undefined,
    confirmsStart,
    begun: () => void told.begun++,
    execute: async () => {
      told.executed++;
      return nothing;
    },
    interrupted: nothing,
    refusedOne: nothing,
    refusedAll: nothing,
    completed: nothing,
    onLost: nothing,
  };
  const reader = new UpstreamReader(host);
  reader.start();
  await jest.advanceTimersByTimeAsync(0);
  return { told, reader };
}

const streamOverNetwork = () => new NetworkStream(nothing);

test('an upstream in the same process is live at once', async () => {
  const { told, reader } = await read(new PushStream<ExecutionResult>(nothing), {});
  expect(told.begun).toBeGreaterThan(0);
  reader.stop();
});

test('a start that the subgraph confirms is awaited, however long a busy subgraph takes for it', async () => {
  const stream = streamOverNetwork();
  const { told, reader } = await read(stream, {});
  await jest.advanceTimersByTimeAsync(4_000);
  expect(told.begun).toBe(0);
  stream.push({ extensions: { startCursor: null } });
  await jest.advanceTimersByTimeAsync(0);
  expect(told).toEqual({ begun: 1, executed: 0 });
  reader.stop();
});

test.each([
  ['a subgraph that confirms nothing', { confirmsStart: false }],
  ['an upstream from a cursor, which misses nothing', { cursor: '"7"' }],
])('%s is live after a quiet moment', async (_, given) => {
  const { told, reader } = await read(streamOverNetwork(), given);
  expect(told.begun).toBe(0);
  await jest.advanceTimersByTimeAsync(250);
  expect(told.begun).toBe(1);
  reader.stop();
});

test('an upstream that is refused is never live', async () => {
  const stream = streamOverNetwork();
  const { told, reader } = await read(stream, {});
  stream.fail(new Error('lost'));
  await jest.advanceTimersByTimeAsync(0);
  reader.stop();
  await jest.advanceTimersByTimeAsync(10_000);
  expect(told.begun).toBe(0);
});
