/** Programs that share a thread: calls in turn, what one of them can do to the others, and the thread that it gets when it misbehaves. */
import { DEFAULT_LIMITS, type ApiHandler, type CallResult, type Program, type SeriesOptions } from './sandbox';
import { isolations, sandboxUnderTest } from './testing';

const CODE = `
let calls = 0;
export default {
  count: () => ++calls,
  passes: () => null,
  answers: (value) => value,
  throws() { throw new Error('no'); },
  async waits(_, chat) { await chat.storage.get('key'); return null; },
  hangs: (_, chat) => chat.storage.get('never'),
  loops() { for (;;); },
  native() { return Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1); },
  grows() { const a = []; for (;;) a.push(new Array(1000).fill(1)); },
  pollutes() { globalThis.left = 1; Array.prototype.left = Object.prototype.left = 1; return null; },
  left: () => [typeof left, typeof [].left, typeof {}.left],
};`;

const names = ['a', 'b', 'c', 'd'];

describe.each(isolations)('in %s', (isolation) => {
  const sandbox = sandboxUnderTest(isolation);
  afterAll(() => sandbox[Symbol.asyncDispose]());

  const onApi: ApiHandler = (_operation, argument) =>
    (argument as { key: string }).key === 'never' ? new Promise(() => undefined) : Promise.resolve(null);
  const program = (id: string, code = CODE): Program => ({
    id,
    runtime: 'quickjs',
    files: { 'plugin.js': code },
    main: 'plugin.js',
    sharesThread: true,
    limits: { ...DEFAULT_LIMITS, loadMs: 20_000 },
    onApi,
  });
  const loadAll = async (ids: readonly string[] = names) => {
    for (const id of ids) await sandbox.load(program(id));
  };
  beforeEach(() => loadAll());

  const call = async (id: string, path: string) => (await sandbox.call(id, [path], null, { callMs: 20_000 })).value;
  /** Calls in turn: `a.count` is the function `count` of program a. */
  const inTurn = (functions: readonly string[], options: Partial<SeriesOptions> & { callMs?: number } = {}) => {
    const { callMs = 20_000, ...rest } = options;
    const calls = functions.map((name) => name.split('.')).map(([id, path]) => ({ id: id!, path: [path!], callMs }));
    const argument = { text: 'hello' };
    return sandbox.callInTurn(
      calls.map((one) => ({ ...one, argument })),
      { until: 'answer', totalMs: 20_000, ...rest },
    );
  };
  const ends = (results: readonly CallResult[]) => results.map(({ end, value }) => (end === 'returned' ? value : end));

  test('a series goes through all that return null, and stops at an answer', async () => {
    expect(ends(await inTurn(['a.passes', 'b.passes', 'c.answers', 'd.passes']))).toEqual([
      null,
      null,
      { text: 'hello' },
    ]);
    expect(ends(await inTurn(['a.passes', 'b.throws', 'c.passes']))).toEqual([null, 'threw']);
    expect(ends(await inTurn(['a.passes', 'a.passes', 'b.missing', 'c.passes']))).toEqual([null, null, 'threw']);
  });

  test('a series waits for API calls, while others run', async () => {
    const all = await Promise.all([
      inTurn(['a.waits', 'b.waits', 'c.passes', 'd.count']),
      inTurn(['d.passes', 'c.waits', 'b.passes', 'a.waits']),
      call('b', 'passes'),
    ]);
    expect(all.slice(0, 2).map((results) => ends(results as CallResult[]))).toEqual([
      [null, null, null, 1],
      [null, null, null, null],
    ]);
  });

  test('a series of more programs than one thread takes', async () => {
    const many = Array.from({ length: 20 }, (_, index) => `many-${index}`);
    await loadAll(many);
    expect(ends(await inTurn([...many.map((id) => `${id}.passes`), 'a.count']))).toEqual([...many.map(() => null), 1]);
    for (const id of many) await sandbox.unload(id);
  });

  test('nothing that one changes reaches another', async () => {
    expect(await call('a', 'pollutes')).toBeNull();
    expect(await call('a', 'left')).toEqual(['number', 'number', 'number']);
    expect(await call('b', 'left')).toEqual(['undefined', 'undefined', 'undefined']);
  });

  test.each(['loops', 'native'])('one that %s ends its own call, and then has a thread of its own', async (loop) => {
    const results = await inTurn(['a.passes', `b.${loop}`, 'c.passes'], { totalMs: 200, callMs: 200 });
    expect(ends(results)).toEqual([null, 'time']);
    expect(ends(await inTurn(['a.passes', 'c.count', 'd.passes']))).toEqual([null, 1]);
    const again = sandbox.call('b', [loop], null, { callMs: 2_000, totalMs: 20_000 });
    // The others would wait for it if they shared its thread, and begin anew if it ended that.
    expect(await call('c', 'count')).toBe(2);
    expect((await again).end).toBe('time');
    expect(await call('c', 'count')).toBe(3);
    expect(await call('b', 'count')).toBe(1);
  });

  test('one that exhausts its memory leaves the others as they are', async () => {
    await call('c', 'count');
    expect(ends(await inTurn(['a.passes', 'b.grows', 'c.passes']))).toEqual([null, 'memory']);
    expect(await call('c', 'count')).toBe(2);
  });

  test('a call that waits too long ends as late, and those before it as they are', async () => {
    const results = await inTurn(['a.passes', 'b.waits', 'c.hangs', 'd.passes'], { totalMs: 3_000 });
    expect(ends(results)).toEqual([null, null, 'time']);
    expect(await call('c', 'count')).toBe(1);
  });

  test('one is replaced or unloaded without the others', async () => {
    for (const id of names) await call(id, 'count');
    await sandbox.load(program('b'));
    await sandbox.unload('a');
    expect(ends(await inTurn(['b.count']))).toEqual([1]);
    expect(ends(await inTurn(['c.count']))).toEqual([2]);
    expect(ends(await inTurn(['b.passes', 'a.passes', 'c.passes']))).toEqual([null, 'interrupted']);
  });

  test('one that cannot be loaded is refused, and the others go on', async () => {
    await call('c', 'count');
    await expect(sandbox.load(program('broken', 'export default {'))).rejects.toThrow('SyntaxError');
    expect(await call('c', 'count')).toBe(2);
    const endless = { ...program('endless', 'for (;;);'), limits: { ...DEFAULT_LIMITS, loadMs: 100 } };
    await expect(sandbox.load(endless)).rejects.toThrow('It ran too long.');
    expect(ends(await inTurn(['a.passes', 'c.passes', 'd.passes']))).toEqual([null, null, null]);
  });

  test('a thousand series after failures are right', async () => {
    for (let round = 0; round < 10; round++) {
      await inTurn(['a.passes', 'b.throws', 'c.passes']);
      await inTurn(['a.passes', 'd.grows']);
      for (let index = 0; index < 100; index++)
        expect(ends(await inTurn(['a.passes', 'b.passes', 'c.waits', 'd.passes']))).toEqual([null, null, null, null]);
    }
    expect(sandbox.restarts).toBe(0);
  });
});
