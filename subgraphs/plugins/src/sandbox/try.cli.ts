/**
 * `npm run plugins:try -- FILE…`: runs programs in the sandbox, one after the other, and prints each one's result, time and end as a JSON
 * line. For suites of hostile programs. Each program gets a thread and an engine of its own, and no API.
 */
import { loadConfig } from '@chat/kit/config';
import { createLogger } from '@chat/kit/logging';
import { commandLine } from '@chat/kit/process/command-line';
import { runCommand } from '@chat/kit/process/run-command';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { isModule } from '../bundles/archive';
import { sandboxVariables } from '../config';
import type { CallResult, Sandbox, SandboxLimits } from './sandbox';
import { createSandbox, limitsOf } from './sandbox.settings';

const { positionals, values } = commandLine({
  command: 'npm run plugins:try --',
  summary: `Runs JavaScript programs in the sandbox of plugins, each as a script of its own, and WebAssembly modules (.wasm), whose handle
is called once. Prints a JSON line for each: file, end, value or error, ms (the time that its code ran), wallMs (the time until its result was here) and log.`,
  arguments: [{ name: 'FILE', description: 'the programs', isRepeated: true }],
  options: {
    milliseconds: { type: 'string', description: 'the time limit of each program; PLUGIN_CALL_MS by default' },
  },
  details: `The value is that of the last expression; a promise is awaited. Ends: returned, threw, time, memory, stack, crashed, output, calls,
stalled, interrupted. Exits with 0, whatever the programs do. PLUGIN_SANDBOX=process tries the sandbox without bubblewrap.`,
});

async function main(): Promise<number> {
  const config = loadConfig(z.object(sandboxVariables));
  const limits = limitsOf(config);
  if (values.milliseconds !== undefined) limits.callMs = Number(values.milliseconds);
  await using sandbox = createSandbox(config, createLogger('plugins', 'warn'));
  await sandbox.evaluate('1', 'warm-up.js', { ...limits, callMs: 10_000 });
  for (const file of positionals) {
    const bytes = await readFile(file);
    await sandbox.prepared();
    const startedAt = performance.now();
    const { end, value, error, ms, log } = isModule(file)
      ? await handle(sandbox, bytes, limits)
      : await sandbox.evaluate(bytes.toString(), file, limits);
    const wallMs = performance.now() - startedAt;
    process.stdout.write(`${JSON.stringify({ file, end, value, error, ms: round(ms), wallMs: round(wallMs), log })}\n`);
  }
  return 0;
}

/** Calls a WebAssembly module without a path and an argument. */
async function handle(sandbox: Sandbox, bytes: Buffer, limits: SandboxLimits): Promise<CallResult> {
  const [id, main] = ['module', 'module.wasm'];
  const files = { [main]: bytes.toString('base64') };
  const onApi = () => Promise.reject(new Error('There is no API here.'));
  try {
    await sandbox.load({ id, runtime: 'wasm', files, main, limits, onApi });
    return await sandbox.call(id, [], null);
  } catch (error) {
    return { end: 'threw', error: (error as Error).message, log: [], ms: 0 };
  } finally {
    await sandbox.unload(id);
  }
}

const round = (ms: number): number => Math.round(ms * 100) / 100;

runCommand(main);
