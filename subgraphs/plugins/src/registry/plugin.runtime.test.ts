/** Which calls count as failures of their plugin. The sandbox is a stub that gives their ends. */
import { createLogger } from '@chat/kit/logging';
import type { PluginApi } from '../api/plugin.api';
import { manifestSchema } from '../bundles/manifest';
import { DEFAULT_LIMITS, type CallResult, type Sandbox } from '../sandbox/sandbox';
import type { Plugin } from './plugin';
import type { PluginFaults } from './plugin.faults';
import type { PluginLogs } from './plugin.logs';
import { PluginRuntime } from './plugin.runtime';

const manifest = manifestSchema.parse({ name: 'checker', version: '1.0.0' });
const plugin = { id: 'id', name: 'checker', revision: 1, files: {}, manifest } as unknown as Plugin;

/** Whether a hook with this end, which had 50 ms, counts as a failure. */
async function counts(result: Pick<CallResult, 'end' | 'ms'>, callMs = DEFAULT_LIMITS.callMs): Promise<boolean> {
  let faults = 0;
  const sandbox = {
    load: async () => undefined,
    callInTurn: async () => [{ ...result, log: [] }],
  } as unknown as Sandbox;
  const runtime = new PluginRuntime(
    sandbox,
    { ...DEFAULT_LIMITS, callMs },
    new Map(),
    {} as PluginApi,
    { write: () => undefined } as unknown as PluginLogs,
    { record: async () => void faults++ } as unknown as PluginFaults,
    createLogger('test', 'silent'),
  );
  const call = { plugin, path: ['hooks', 'beforeMessage'], argument: {}, invocation: { depth: 0 } };
  await runtime.callInTurn([call], { until: 'answer', totalMs: 50, callMs: 50 });
  return faults > 0;
}

test('a late call counts if the code of the plugin ran long, and not if it waited for others', async () => {
  expect(await counts({ end: 'time', ms: 50 })).toBe(true);
  expect(await counts({ end: 'time', ms: 0 })).toBe(false);
  expect(await counts({ end: 'time', ms: 5 }, 5)).toBe(true); // all that a call may run here
});

test('other ends count as before, however long the call ran', async () => {
  expect(await counts({ end: 'memory', ms: 1 })).toBe(true);
  expect(await counts({ end: 'threw', ms: 50 })).toBe(false);
});
