/** WebAssembly modules in each sandbox: calls, requests, and hostile modules, after each of which other programs are right. */
import { eventually } from '@chat/kit/testing/eventually';
import createAssembler from 'wabt';
import { DEFAULT_LIMITS, type CallResult, type Program } from './sandbox';
import { isolations, sandboxUnderTest } from './testing';
import { ECHO, hostileModules, moduleOf, refusedModules } from './wasm.programs';

/** Modules that run at once, each in a thread of its own. */
const AT_ONCE = 6;

/** Modules that are called twice: after a failure the second call has a fresh instance. */
const AGAIN = ['a loop', 'a trap', 'requests without an end'];

let assemble: (text: string) => string;
beforeAll(async () => {
  const assembler = await createAssembler();
  assemble = (text) => {
    using ending = new DisposableStack();
    const module = assembler.parseWat('module.wat', text, { threads: true });
    ending.defer(() => module.destroy());
    return Buffer.from(module.toBinary({}).buffer).toString('base64');
  };
});

describe.each(isolations)('in %s', (isolation) => {
  const sandbox = sandboxUnderTest(isolation);
  afterAll(() => sandbox[Symbol.asyncDispose]());

  let release: (() => void) | undefined;
  const program = (id: string, text: string, more: Partial<Program> = {}): Program => ({
    id,
    runtime: 'wasm',
    files: { 'plugin.wasm': assemble(text) },
    main: 'plugin.wasm',
    limits: { ...DEFAULT_LIMITS, loadMs: 5_000, apiCalls: 50 },
    onApi: async (operation, argument) => ({ operation, argument }),
    ...more,
  });
  const call = (id: string, argument: unknown, callMs = 5_000) =>
    sandbox.call(id, ['commands', 'x'], argument, { callMs });

  beforeAll(() => sandbox.load(program('echo', ECHO)));

  const worksStill = async () =>
    expect(await call('echo', 'ä€😀')).toMatchObject({
      end: 'returned',
      value: { path: ['commands', 'x'], argument: 'ä€😀' },
    });

  test('a call gets its path and argument, and replies with JSON; its log comes with it', async () => {
    await worksStill();
    expect((await call('echo', 1)).log).toEqual([{ level: 'warn', message: 'storage.get' }]);
  });

  test('a request waits for its answer, which is a value or an error', async () => {
    const long = 'x'.repeat(100);
    const value = { operation: 'storage.get', argument: { key: 'key' } };
    expect(await call('echo', long)).toMatchObject({ end: 'returned', value: { value } });
    const onApi = () => Promise.reject(new Error('not granted'));
    await sandbox.load(program('refused', ECHO, { onApi }));
    expect(await call('refused', long)).toMatchObject({ end: 'returned', value: { error: 'not granted' } });
  });

  test('waiting does not count as running; a request that is never answered ends the call, and calls after it run', async () => {
    const onApi = () => new Promise<void>((resolve) => (release = resolve));
    await sandbox.load(program('waits', ECHO, { onApi }));
    const slow = call('waits', 'x'.repeat(100), 200);
    await eventually(() => release !== undefined, 'the request');
    await new Promise((resolve) => setTimeout(resolve, 400));
    release!();
    expect(await slow).toMatchObject({ end: 'returned', value: { value: null } });
    const options = { callMs: 5_000, totalMs: 300 };
    const [given, next] = await Promise.all([
      sandbox.call('waits', ['x'], 'x'.repeat(100), options),
      sandbox.call('waits', ['x'], 1, { callMs: 5_000 }),
    ]);
    expect(given.end).toBe('time');
    expect(next).toMatchObject({ end: 'returned', value: { argument: 1 } });
  });

  describe('hostile modules', () => {
    const results = new Map<string, CallResult[]>();
    const refusals = new Map<string, string>();

    beforeAll(async () => {
      const work = [
        ...hostileModules.map(({ name, source, end }) => async () => {
          await sandbox.load(program(name, source));
          const callMs = end === 'time' ? 100 : 20_000;
          results.set(name, [
            await call(name, null, callMs),
            ...(AGAIN.includes(name) ? [await call(name, null, callMs)] : []),
          ]);
          await sandbox.unload(name);
        }),
        ...refusedModules.map(([name, source]) => async () => {
          await sandbox.load(program(name, source, { limits: { ...DEFAULT_LIMITS, loadMs: 2_000 } })).then(
            () => refusals.set(name, 'loaded'),
            (error: Error) => refusals.set(name, error.message),
          );
          await sandbox.unload(name);
        }),
      ];
      const lane = async () => {
        for (let next = work.shift(); next; next = work.shift()) await next();
      };
      await Promise.all(Array.from({ length: AT_ONCE }, lane));
    }, 120_000);

    test.each(hostileModules.map((module) => [module.name, module] as const))('%s', (name, { end, outcome }) => {
      const [result, again] = results.get(name)!;
      expect({ ...result, log: [] }).toMatchObject({ end });
      if (outcome !== undefined) expect(result!.value ?? result!.error).toEqual(outcome);
      expect(JSON.stringify(result!.log).length).toBeLessThan(3 * DEFAULT_LIMITS.logChars);
      expect(again?.end ?? end).toBe(end);
    });

    test.each(refusedModules)('%s is refused', (name, _source, reason) => {
      expect(refusals.get(name)).toMatch(reason);
    });

    test('after all of them, other modules are right, and the process is the same', async () => {
      await worksStill();
      expect(sandbox.restarts).toBe(0);
    });
  });

  test('other bytes than a whole module are refused', async () => {
    const whole = Buffer.from(assemble(ECHO), 'base64');
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from('export default {}'),
      whole.subarray(0, whole.length - 5),
      whole.subarray(0, 40),
    ]) {
      const files = { 'plugin.wasm': bytes.toString('base64') };
      await expect(sandbox.load(program('broken', ECHO, { files }))).rejects.toThrow();
    }
    await worksStill();
  });

  test('a process that dies is started again with its modules', async () => {
    await sandbox.load(program('endless', moduleOf('(loop $again (br $again))')));
    const { restarts, pid } = sandbox;
    process.kill(-pid!, 'SIGKILL');
    await eventually(() => sandbox.restarts > restarts, 'another process');
    await eventually(async () => (await call('endless', null, 100)).end === 'time', 'its module ends at its limit');
    await worksStill();
  });
});
