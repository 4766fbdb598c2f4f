/** Programs with containers of their own beside programs that share a process: where each runs, and what ends with it. */
import { eventually } from '@chat/kit/testing/eventually';
import { DividedSandbox } from './divided-sandbox';
import type { ProcessSandbox } from './process-sandbox';
import { DEFAULT_LIMITS, LoadError, type Program } from './sandbox';
import { findEngine, isolations, sandboxUnderTest } from './testing';

const engine = findEngine();

const CODE = `let calls = 0; export default { count: () => ++calls, agrees: () => null, asks: (_, chat) => chat.storage.get('key') };`;

const program = (id: string, hasOwnContainer: boolean, code = CODE): Program => ({
  id,
  runtime: 'quickjs',
  files: { 'plugin.js': code },
  main: 'plugin.js',
  hasOwnContainer,
  limits: { ...DEFAULT_LIMITS, callMs: 5_000, loadMs: 5_000 },
  onApi: async (_operation, _argument, context) => context ?? null,
});

/** A divided sandbox whose programs with containers of their own run in processes instead, and these. */
function divided() {
  const opened: ProcessSandbox[] = [];
  const open = () => {
    const sandbox = sandboxUnderTest('process');
    opened.push(sandbox);
    return sandbox;
  };
  return { opened, sandbox: new DividedSandbox(sandboxUnderTest(isolations[0]!), open) };
}

test('each program with a container of its own has a process of its own, which ends with it', async () => {
  const { opened, sandbox: divides } = divided();
  await using sandbox = divides;
  await sandbox.load(program('shared', false));
  for (const id of ['a', 'b']) await sandbox.load(program(id, true));
  expect(opened).toHaveLength(2);
  for (const id of ['shared', 'a', 'b']) expect(await sandbox.call(id, ['count'], null)).toMatchObject({ value: 1 });
  expect(await sandbox.call('a', ['asks'], null, { context: 'of a' })).toMatchObject({ value: 'of a' });
  process.kill(opened[0]!.pid!, 'SIGKILL');
  await eventually(() => sandbox.restarts === 1, 'the process of a ended');
  expect(await sandbox.call('b', ['count'], null)).toMatchObject({ value: 2 });
  expect(await sandbox.call('shared', ['count'], null)).toMatchObject({ value: 2 });
  await eventually(async () => (await sandbox.call('a', ['count'], null)).value === 1, 'a runs again');
  await sandbox.unload('b');
  expect(opened[1]!.pid).toBeUndefined();
  expect(await sandbox.call('b', ['count'], null)).toMatchObject({ end: 'interrupted' });
});

test('a series ends where the process changes, and its caller goes on', async () => {
  await using sandbox = divided().sandbox;
  for (const id of ['a', 'b']) await sandbox.load(program(id, false));
  await sandbox.load(program('own', true));
  const calls = ['a', 'b', 'own', 'a'].map((id) => ({ id, path: ['agrees'], argument: null }));
  const lengths: number[] = [];
  for (let rest = calls; rest.length > 0;) {
    const results = await sandbox.callInTurn(rest, { until: 'answer', totalMs: 5_000 });
    expect(results.every(({ end, value }) => end === 'returned' && value === null)).toBe(true);
    lengths.push(results.length);
    rest = rest.slice(results.length);
  }
  expect(lengths).toEqual([2, 1, 1]);
});

test('a program moves with its next version', async () => {
  const { opened, sandbox: divides } = divided();
  await using sandbox = divides;
  await sandbox.load(program('a', false));
  expect(await sandbox.call('a', ['count'], null)).toMatchObject({ value: 1 });
  await sandbox.load(program('a', true));
  expect(opened[0]!.pid).toBeDefined();
  expect(await sandbox.call('a', ['count'], null)).toMatchObject({ value: 1 });
  await sandbox.load(program('a', false));
  expect(opened[0]!.pid).toBeUndefined();
  expect(await sandbox.call('a', ['count'], null)).toMatchObject({ value: 1 });
});

test('without an engine, it is refused with the reason, and the others run', async () => {
  const open = () => sandboxUnderTest('container', { container: { command: ['/nonexistent/engine'] } });
  await using sandbox = new DividedSandbox(sandboxUnderTest(isolations[0]!), open);
  await sandbox.load(program('shared', false));
  const refused = sandbox.load(program('own', true));
  await expect(refused).rejects.toThrow(LoadError);
  await expect(refused).rejects.toThrow(/It needs a container of its own, and none starts here.*ENOENT/);
  expect(await sandbox.call('shared', ['count'], null)).toMatchObject({ value: 1 });
});

(engine ? test : test.skip)('with an engine, it runs in a container', async () => {
  const containers = [engine!, engine!].map((container) => sandboxUnderTest('container', { container }));
  await using sandbox = new DividedSandbox(sandboxUnderTest(isolations[0]!), () => containers.pop()!);
  await sandbox.load(program('own', true));
  await sandbox.load(program('shared', false));
  expect(containers).toHaveLength(1);
  expect(await sandbox.call('own', ['count'], null)).toMatchObject({ value: 1 });
  await expect(sandbox.load(program('broken', true, 'export default 1;'))).rejects.toThrow('no default export');
});
