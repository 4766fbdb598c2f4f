/** Calls of programs, limits of calls, deaths of threads and processes, and attacks that bubblewrap alone prevents. */
import { eventually, inTime } from '@chat/kit/testing/eventually';
import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { bubblewrapArguments, launch } from './launcher';
import { DEFAULT_LIMITS, type ApiHandler, type CallResult, type Program } from './sandbox';
import { SandboxHost } from './sandbox-host';
import { seccompFilter } from './seccomp';
import { hasBubblewrap, hasFilter, isolations, sandboxUnderTest } from './testing';

const CODE = `
let calls = 0;
export default {
  echo: (value) => value,
  count: () => ++calls,
  ask: (value, chat) => chat.graph.query(value),
  async many(count, chat) { for (let i = 0; i < count; i++) await chat.storage.get('key'); return count; },
  async atOnce(count, chat) { await Promise.all(Array.from({ length: count }, () => chat.storage.get('key'))); return count; },
  async refused(_, chat) { try { await chat.storage.get('forbidden'); } catch (error) { return error.message; } },
  async late(_, chat) { void chat.storage.get('slow').then(() => chat.messages.send({ late: true })); return 1; },
  waits: (_, chat) => chat.storage.get('slow'),
  loop() { for (;;); },
  native() { return Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1); },
  stalls: () => new Promise(() => {}),
  grows() { const a = []; for (;;) a.push(new Array(1000).fill(1)); },
  keeps(code) { globalThis.kept = []; const make = new Function('return ' + code); for (;;) kept.push(make()); },
  logs() { console.log('a', { b: 1 }, new Error('c')); console.error('d'); },
};`;

/** The process itself: bubblewrap is the ancestor of the one that runs in it. */
function lastChildOf(pid: number): number {
  const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
  return child ? lastChildOf(Number(child)) : pid;
}

test('a script whose thread does not start in time gets another', async () => {
  const launched = launch('process', {
    bwrap: 'bwrap',
    container: { command: ['podman'] },
    memoryBytes: 768 << 20,
    cpuSeconds: 60,
    openFiles: 256,
    threadStartMs: 300,
  });
  const heard = new EventEmitter();
  const host = new SandboxHost(
    launched,
    (_host, message) => void heard.emit(message.type, message),
    () => undefined,
  );
  using ending = new DisposableStack();
  ending.defer(host.kill);
  await host.begun;
  const limits = { ...DEFAULT_LIMITS, callMs: 20_000 };
  host.send({ type: 'evaluate', call: 1, program: 'a', source: '6 * 7', name: 'a.js', limits });
  host.send({ type: 'ping' });
  await once(heard, 'pong');
  // The limit passes while the thread is frozen, too.
  process.kill(host.pid!, 'SIGSTOP');
  await setTimeout(400);
  const answer = once(heard, 'done');
  process.kill(host.pid!, 'SIGCONT');
  expect(await inTime('the answer', answer, 60_000)).toMatchObject([{ call: 1, end: 'returned', json: '42' }]);
});

describe.each(isolations)('in %s', (isolation) => {
  const sandbox = sandboxUnderTest(isolation);
  afterAll(() => sandbox[Symbol.asyncDispose]());

  const asked: unknown[] = [];
  let release = (): void => undefined;
  const onApi: ApiHandler = async (operation, argument, context) => {
    asked.push({ operation, argument, context });
    const { key } = (argument ?? {}) as { key?: string };
    if (key === 'forbidden') throw new Error('not granted');
    if (key === 'slow') await new Promise<void>((resolve) => (release = resolve));
    return { operation, argument };
  };
  const program = (id: string, code = CODE, more: Partial<Program> = {}): Program => ({
    id,
    runtime: 'quickjs',
    files: { 'plugin.js': code },
    main: 'plugin.js',
    limits: { ...DEFAULT_LIMITS, loadMs: 5_000, apiCalls: 50 },
    onApi,
    ...more,
  });
  beforeAll(() => sandbox.load(program('one')));
  const call = (path: string, argument: unknown = null, callMs = 1_000) =>
    sandbox.call('one', [path], argument, { callMs, context: 'the context' });

  test('values cross as JSON, and the state of a program stays', async () => {
    const value = { text: 'ä€😀 \u2028', list: [1, null, true], empty: {} };
    expect(await call('echo', value)).toMatchObject({ end: 'returned', value });
    const first = (await call('count')).value as number;
    expect((await call('count')).value).toBe(first + 1);
  });

  test('API calls carry the context of their call, which the program does not see', async () => {
    asked.length = 0;
    expect((await call('ask', '{ me }')).value).toEqual({
      operation: 'graph.query',
      argument: { query: '{ me }', variables: {} },
    });
    expect(asked).toEqual([expect.objectContaining({ context: 'the context' })]);
    expect((await call('refused')).value).toBe('not granted');
  });

  test('too many API calls end a call, one after the other and at once', async () => {
    expect((await call('many', 50)).end).toBe('returned');
    expect((await call('many', 51)).end).toBe('calls');
    expect((await call('atOnce', 51)).end).toBe('calls');
    expect((await call('atOnce', 50)).end).toBe('returned');
  });

  test('a call that has ended makes no more API calls', async () => {
    expect((await call('late')).value).toBe(1);
    asked.length = 0;
    release();
    expect((await call('echo', 1)).value).toBe(1);
    expect(asked).toEqual([]);
  });

  test('a promise that cannot settle, and one that settles too late', async () => {
    expect((await call('stalls')).end).toBe('stalled');
    const result = await sandbox.call('one', ['waits'], null, { totalMs: 100 });
    expect(result.end).toBe('time');
    release();
    expect((await call('echo', 2)).value).toBe(2);
  });

  test('the log of a call comes with its result', async () => {
    const { log } = await call('logs');
    expect(log).toEqual([
      { level: 'info', message: expect.stringContaining('a {"b":1} Error: c') },
      { level: 'error', message: 'd' },
    ]);
  });

  test('unknown handlers, inherited ones and wrong programs fail alone', async () => {
    for (const path of [['nothing'], ['constructor', 'constructor', 'nothing'], ['echo', 'nothing'], []])
      expect((await sandbox.call('one', path, 1)).end).toBe('threw');
    expect((await sandbox.call('two', ['echo'], 1)).end).toBe('interrupted');
    await expect(sandbox.load(program('bad', 'export default {'))).rejects.toThrow('SyntaxError');
    await expect(sandbox.load(program('bad', 'throw new Error("no")'))).rejects.toThrow('no');
    await expect(sandbox.load(program('bad', 'export const a = 1'))).rejects.toThrow('default');
    await expect(sandbox.load(program('bad', 'import "./b.js"; export default {}'))).rejects.toThrow('b.js');
    await expect(sandbox.load(program('bad', 'import "node:fs"; export default {}'))).rejects.toThrow('node:fs');
    await expect(
      sandbox.load(program('bad', 'for (;;);', { limits: { ...DEFAULT_LIMITS, loadMs: 50 } })),
    ).rejects.toThrow('too long');
  });

  test('a loop ends its call only; calls that wait behind it run', async () => {
    for (const bad of ['loop', 'native']) {
      const [failed, ...others] = await Promise.all([call(bad, null, 50), call('echo', 1), call('echo', 2)]);
      expect(failed.end).toBe('time');
      for (const { end } of others) expect(['returned', 'interrupted']).toContain(end);
      expect((await call('echo', 3)).value).toBe(3);
    }
  });

  // The engine counts the number of allocations rather than their sizes.
  test.each([
    '"x".repeat(1000)',
    'new Array(1000).fill(1)',
    'new Uint8Array(10000)',
    '({})',
    'Symbol()',
    'new Map([[1, 2]])',
  ])('a program that keeps %s ends at its limit of memory, and begins anew', async (code) => {
    const { restarts } = sandbox;
    expect((await call('keeps', code, 20_000)).end).toBe('memory');
    expect((await call('echo', 1)).value).toBe(1);
    expect(sandbox.restarts).toBe(restarts);
  });

  test('other programs go on while one loops', async () => {
    await sandbox.load(program('two'));
    const looping = call('native', null, 300);
    for (let i = 0; i < 20; i++) expect((await sandbox.call('two', ['echo'], i, { callMs: 5_000 })).value).toBe(i);
    expect((await looping).end).toBe('time');
  });

  test('10,000 calls after a failure are still right', async () => {
    expect((await call('loop', null, 20)).end).toBe('time');
    const { restarts } = sandbox;
    for (let batch = 0; batch < 100; batch++) {
      const numbers = Array.from({ length: 100 }, (_, index) => batch * 100 + index);
      const results = await Promise.all(
        numbers.map((number) => sandbox.call('one', ['echo'], { number }, { callMs: 5_000, totalMs: 30_000 })),
      );
      expect(results.map(({ value }) => value)).toEqual(numbers.map((number) => ({ number })));
    }
    expect(sandbox.restarts).toBe(restarts);
  });

  test('a process that dies is started again with its programs; its calls are interrupted', async () => {
    const { restarts, pid } = sandbox;
    const waiting = call('waits');
    await eventually(
      () => asked.length > 0 && asked.some((one) => JSON.stringify(one).includes('slow')),
      'the call waits',
    );
    process.kill(-pid!, 'SIGKILL');
    expect((await waiting).end).toBe('interrupted');
    await eventually(async () => (await call('echo', 5)).value === 5, 'the sandbox works again');
    expect(sandbox.restarts).toBe(restarts + 1);
  });

  test('a series until an answer stops at it, and at a failure', async () => {
    const none = { id: 'one', path: ['echo'], argument: null };
    const until = { until: 'answer', totalMs: 5_000 } as const;
    const answer = { ...none, argument: 'no' };
    const values = (results: CallResult[]) => results.map(({ end, value }) => (end === 'returned' ? value : end));
    expect(values(await sandbox.callInTurn([none, none, answer, none], until))).toEqual([null, null, 'no']);
    const broken = { ...none, path: ['nothing'] };
    expect(values(await sandbox.callInTurn([none, broken, none], until))).toEqual([null, 'threw']);
    expect(values(await sandbox.callInTurn([{ ...none, id: 'unknown' }, none], until))).toEqual(['interrupted']);
  });

  test('a series until an answer has one time for all of its calls', async () => {
    const waits = { id: 'one', path: ['waits'], argument: null };
    const results = await sandbox.callInTurn([{ ...waits, path: ['echo'] }, waits, waits], {
      until: 'answer',
      totalMs: 1_000,
    });
    expect(results.map(({ end }) => end)).toEqual(['returned', 'time']);
  });

  test('a series until an effect goes on after failures, and stops after a call of the API', async () => {
    const step = (path: string, argument: unknown = 1) => ({ id: 'one', path: [path], argument, callMs: 1_000 });
    const ends = async (...calls: ReturnType<typeof step>[]) =>
      (await sandbox.callInTurn(calls, { until: 'effect', totalMs: 5_000 })).map(({ end }) => end);
    expect(await ends(step('echo'), step('nothing'), step('echo'))).toEqual(['returned', 'threw', 'returned']);
    expect(await ends(step('echo'), step('many', 1), step('echo'))).toEqual(['returned', 'returned']);
    expect(await ends(step('loop'), step('echo'))).toEqual(['time', 'returned']);
  });

  test('a late call in a series tells how long it ran, which is nothing if it waited for another', async () => {
    await sandbox.load(program('late'));
    const inTurn = (path: string, totalMs: number) =>
      sandbox.callInTurn([{ id: 'late', path: [path], argument: 7 }], { until: 'answer', totalMs });
    const [ran] = await inTurn('loop', 1_000);
    expect(ran).toMatchObject({ end: 'time' });
    expect(ran!.ms).toBeGreaterThan(50);
    expect(await sandbox.call('late', ['echo'], 7)).toMatchObject({ value: 7 });
    const other = sandbox.call('late', ['loop'], 7, { callMs: 1_000 });
    const [waited] = await inTurn('echo', 100);
    expect(waited).toMatchObject({ end: 'time', ms: 0 });
    expect((await other).end).toBe('time');
  });

  test('a program that ends one thread after the other rests before its next', async () => {
    await sandbox.load(program('unruly'));
    const run = (path: string, callMs: number) => sandbox.call('unruly', [path], 7, { callMs });
    for (let loss = 0; loss < 2; loss++) expect((await run('loop', 50)).end).toBe('time');
    const began = performance.now();
    expect(await run('echo', 1_000)).toMatchObject({ value: 7 });
    expect(performance.now() - began).toBeGreaterThan(200);
  });

  test('a process that hangs is ended and started again', async () => {
    const { restarts, pid } = sandbox;
    process.kill(lastChildOf(pid!), 'SIGSTOP');
    await eventually(() => sandbox.restarts > restarts, 'the process was ended');
    await eventually(async () => (await call('echo', 6)).value === 6, 'the sandbox works again');
  });
});

test('a process in reserve takes the place of one that dies, with its programs', async () => {
  await using sandbox = sandboxUnderTest(isolations[0]!, { hasSpare: true });
  const limits = { ...DEFAULT_LIMITS, loadMs: 5_000 };
  const source = { files: { 'plugin.js': CODE }, main: 'plugin.js', runtime: 'quickjs' as const };
  await sandbox.load({ id: 'one', ...source, limits, onApi: () => Promise.resolve(null) });
  const reserve = await sandbox.sparePid();
  process.kill(sandbox.pid!, 'SIGKILL');
  await eventually(() => sandbox.restarts === 1, 'the process ended');
  await eventually(async () => (await sandbox.call('one', ['echo'], 7)).value === 7, 'the program works again');
  expect(sandbox.pid).toBe(reserve);
  const next = await sandbox.sparePid();
  expect(next).toBeDefined();
  expect(next).not.toBe(reserve);
});

test('without bubblewrap, auto falls back to a process', async () => {
  await using sandbox = sandboxUnderTest('auto', { bwrap: '/nonexistent/bwrap' });
  expect((await sandbox.evaluate('1', 'a.js', { ...DEFAULT_LIMITS, callMs: 10_000 })).value).toBe(1);
  expect(sandbox.isolation).toBe('process');
});

/** Attacks of native code that came out of the engine and of Node's own permissions. */
(hasBubblewrap ? describe : describe.skip)('bubblewrap alone', () => {
  async function runs(script: string): Promise<string> {
    const filter = seccompFilter();
    const child = spawn('bwrap', [...bubblewrapArguments(filter && 3), '/app/node', '-e', script], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env: { SECRET_KEY: 'a secret of the installation', PATH: '/usr/bin:/bin' },
    });
    if (filter) (child.stdio[3] as Writable).on('error', () => undefined).end(filter);
    let output = '';
    child.stdout!.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr!.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await once(child, 'close');
    return output.trim();
  }
  const caught = (code: string) =>
    `try { ${code}; console.log('done') } catch (error) { console.log(error.code ?? error.message) }`;

  test.each([
    ['read files of the system', `require('fs').readFileSync('/etc/passwd')`, 'ENOENT'],
    ['read the home folder', `require('fs').readdirSync('/root')`, 'ENOENT'],
    ['read other processes', `require('fs').readdirSync('/proc')`, 'ENOENT'],
    ['write into the root', `require('fs').writeFileSync('/x', 'x')`, 'EROFS'],
    ['write into its own folder', `require('fs').writeFileSync('/app/host/host.ts', 'x')`, 'EROFS'],
    ['fill a disk', `require('fs').writeFileSync('/tmp/x', Buffer.alloc(1 << 20))`, 'ENOENT'],
    ['make a device', `require('fs').mkdirSync('/dev')`, 'EROFS'],
  ])('cannot %s', async (_what, code, expected) => {
    expect(await runs(caught(code))).toBe(expected);
  });

  test('sees no variable of the installation', async () => {
    expect(await runs('console.log(JSON.stringify(process.env))')).not.toContain('SECRET');
  });

  (hasFilter ? test : test.skip)('opens no socket, starts no process, traces nothing', async () => {
    expect(await runs(`require('net').connect(80, '1.1.1.1').on('error', (e) => console.log(e.code))`)).toBe('EPERM');
    expect(await runs(`require('net').createServer().on('error', (e) => console.log(e.code)).listen(0)`)).toBe('EPERM');
    const spawns = `const r = require('child_process').spawnSync('/app/node', ['-v']); console.log(r.error.code)`;
    expect(await runs(spawns)).toBe('EPERM');
    const bomb = `let n = 0; for (let i = 0; i < 100; i++) if (!require('child_process').spawnSync('/app/node', ['-v']).error) n++; console.log(n)`;
    expect(await runs(bomb)).toBe('0');
  });
});
