/** Hostile programs on each sandbox: none gets out, each ends in its time, and the sandbox works afterwards. */
import { bombs, escapes, loops, type HostileProgram } from './hostile.programs';
import { DEFAULT_LIMITS, type CallResult, type SandboxLimits } from './sandbox';
import { findEngine, isolations, sandboxUnderTest } from './testing';

/** A machine that is busy with other tests is slow; `npm run bench -- plugins` compares times with the limit. */
const PATIENCE = 20;
const LIMITS: SandboxLimits = { ...DEFAULT_LIMITS, callMs: 60, totalMs: 60_000 };
/** For programs that have to end by something else: if the time ended one, what it tries would be no proof. */
const GENEROUS: SandboxLimits = { ...LIMITS, callMs: 20_000 };

/** Programs that run at once, each in a thread of its own. */
const AT_ONCE = 6;

const SUM = 'let sum = 0; for (const x of [1, 2, 3].map((y) => y * 2)) sum += x; sum';

const engine = findEngine();

describe.each(engine ? [...isolations, 'container' as const] : isolations)('in %s', (isolation) => {
  const sandbox = sandboxUnderTest(isolation, engine && { container: engine });
  const results = new Map<HostileProgram, CallResult>();
  const after: CallResult[] = [];
  afterAll(() => sandbox[Symbol.asyncDispose]());

  beforeAll(async () => {
    const queue = [
      ...[...loops, ...bombs, ...escapes].map(
        (program) => [program, program.end === 'time' ? LIMITS : GENEROUS] as const,
      ),
    ];
    const lane = async () => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const [program, limits] = next;
        results.set(program, await sandbox.evaluate(program.source, 'hostile.js', limits));
        if (queue.length % AT_ONCE === 0) after.push(await sandbox.evaluate(SUM, 'after.js', GENEROUS));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
  }, 120_000);

  test.each([...loops, ...bombs].map((program) => [program.name, program] as const))('%s', (_name, program) => {
    const { end, value, ms, log } = results.get(program)!;
    expect(end).toBe(program.end);
    if (program.value !== undefined) expect(value).toEqual(program.value);
    expect(ms).toBeLessThan(end === 'time' ? LIMITS.callMs * PATIENCE : GENEROUS.callMs);
    expect(JSON.stringify(log).length).toBeLessThan(3 * LIMITS.logChars);
  });

  test.each(escapes.map((program) => [program.name, program] as const))('%s', (_name, program) => {
    const { end, value, error } = results.get(program)!;
    expect({ end, value, error }).toEqual({ end: 'returned', value: [], error: undefined });
  });

  test('after each of them, the next program is right', () => {
    expect(after.length).toBeGreaterThan(results.size / AT_ONCE - 1);
    expect(after.filter(({ value }) => value !== 12)).toEqual([]);
    expect(sandbox.restarts).toBe(0);
  });

  test('nothing that a program changes is left for the next, or in this process', async () => {
    const changes = 'globalThis.left = 1; Array.prototype.map = 1; Object.prototype.polluted = 1';
    await sandbox.evaluate(changes, 'a.js', GENEROUS);
    const { value } = await sandbox.evaluate('[typeof left, typeof [].map, typeof {}.polluted]', 'b.js', GENEROUS);
    expect(value).toEqual(['undefined', 'function', 'undefined']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
