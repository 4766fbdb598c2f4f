/**
 * The cost of plugins: a hook call, the way back of the host process, other plugins while one misbehaves, memory a plugin, and messages with
 * ten enabled plugins. Answers the figures that the sandbox promises; compares with no peer.
 */
import { createLogger } from '@chat/kit/logging';
import { startTestServices } from '@chat/kit/testing/services';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { ProcessSandbox } from '../subgraphs/plugins/src/sandbox/process-sandbox';
import { DEFAULT_LIMITS, type Program } from '../subgraphs/plugins/src/sandbox/sandbox';
import { numberOptions } from './harness/options';
import { heading, spread } from './harness/report';
import { messagesWithPlugins } from './worlds/plugin-messages';

const CODE = `export default { hooks: { beforeMessage: ({ text }) => text.includes('forbidden') ? { refuse: 'no' } : null } };`;
const BAD = `export default { hooks: { beforeMessage() { for (;;); } } };`;
const GREEDY = `export default { hooks: { beforeMessage() { const all = []; for (;;) all.push('x'.repeat(1000)); } } };`;
const MESSAGE = { text: 'Good morning, everybody', channelId: 'c', authorId: 'a', isEdit: false };

const program = (id: string, code = CODE): Program => ({
  id,
  runtime: 'quickjs',
  files: { 'plugin.js': code },
  main: 'plugin.js',
  limits: { ...DEFAULT_LIMITS, loadMs: 10_000 },
  onApi: async () => null,
});

const sandbox = () =>
  new ProcessSandbox({
    isolation: 'auto',
    bwrap: 'bwrap',
    container: { command: ['podman'] },
    hostMemoryBytes: 2 ** 31,
    hasSpare: true,
    log: createLogger('bench', 'silent'),
  });

const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

const ask = (box: ProcessSandbox, id: string) => box.call(id, ['hooks', 'beforeMessage'], MESSAGE);

async function hookCalls(calls: number): Promise<{ p50: number; p99: number; isolation: string }> {
  await using box = sandbox();
  await box.load(program('one'));
  for (let index = 0; index < 500; index++) await ask(box, 'one');
  const times: number[] = [];
  for (let index = 0; index < calls; index++) times.push(await timed(() => ask(box, 'one')));
  return { p50: quantile(times, 0.5) * 1000, p99: quantile(times, 0.99) * 1000, isolation: box.isolation };
}

/** From the death of the host process to the next answer, in milliseconds. */
async function wayBack(deaths: number): Promise<number[]> {
  await using box = sandbox();
  await box.load(program('one'));
  const times: number[] = [];
  for (let index = 0; index < deaths; index++) {
    await ask(box, 'one');
    const ended = pidGone(box);
    process.kill(box.pid!, 'SIGKILL');
    times.push(
      await timed(async () => {
        await ended;
        while ((await ask(box, 'one')).end !== 'returned') await pause(1);
      }),
    );
  }
  return times;
}

async function pidGone(box: ProcessSandbox): Promise<void> {
  const { restarts } = box;
  while (box.restarts === restarts) await pause(1);
}

/** The p99 of three plugins that are called 100 times a second, in milliseconds, while other plugins run without an end. */
async function neighbours(seconds: number, bad: readonly string[]): Promise<number> {
  await using box = sandbox();
  const good = ['a', 'b', 'c'];
  for (const id of good) await box.load(program(id));
  for (const [index, code] of bad.entries()) await box.load(program(`bad ${index}`, code));
  for (let index = 0; index < 200; index++) for (const id of good) await ask(box, id);
  const until = performance.now() + seconds * 1000;
  const times: number[] = [];
  const misbehave = bad.map(async (_code, index) => {
    while (performance.now() < until) await ask(box, `bad ${index}`);
  });
  const behave = good.map(async (id) => {
    while (performance.now() < until) {
      times.push(await timed(() => ask(box, id)));
      await pause(10);
    }
  });
  await Promise.all([...misbehave, ...behave]);
  return quantile(times, 0.99);
}

/** Resident memory of the host process and its children, in megabytes. */
function megabytesOf(pid: number): number {
  const read = (path: string) => readFileSync(path, 'utf8');
  const own = Number(/^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;
  const children = read(`/proc/${pid}/task/${pid}/children`).trim().split(' ').filter(Boolean).map(Number);
  return own + children.reduce((sum, child) => sum + megabytesOf(child), 0);
}

async function memory(plugins: number): Promise<{ empty: number; each: number; spare: number }> {
  await using box = sandbox();
  await box.load(program('0'));
  await ask(box, '0');
  await pause(500);
  const empty = megabytesOf(box.pid!);
  const spare = megabytesOf((await box.sparePid())!);
  for (let index = 1; index <= plugins; index++) {
    await box.load(program(String(index)));
    await ask(box, String(index));
  }
  await pause(500);
  return { empty, spare, each: (megabytesOf(box.pid!) - empty) / plugins };
}

async function main(): Promise<void> {
  const options = numberOptions({ rounds: 3, calls: 5_000, seconds: 5, plugins: 20, messages: 400 });
  const rounds = Array.from({ length: options.rounds });
  const rows: string[] = [];
  const row = (question: string, bound: string, figures: string) =>
    rows.push(`| ${question} | ${bound} | ${figures} |`);
  const hooks = [];
  for (const _round of rounds) hooks.push(await hookCalls(options.calls));
  row('hook call, p50, µs', '200', spread(hooks.map(({ p50 }) => p50)));
  row('hook call, p99, µs', '', spread(hooks.map(({ p99 }) => p99)));
  row('host process back after SIGKILL, ms', '400', spread(await wayBack(4 * options.rounds)));
  const alone: number[] = [];
  const looping: number[] = [];
  const greedy: number[] = [];
  for (const _round of rounds) {
    alone.push(await neighbours(options.seconds, []));
    looping.push(await neighbours(options.seconds, [BAD]));
    greedy.push(await neighbours(options.seconds, [GREEDY]));
  }
  const ratios = (values: readonly number[]) => spread(values.map((value, index) => value / alone[index]!));
  row('three plugins, p99, ms', '', spread(alone));
  row('the same while another loops, ratio of p99', '3', ratios(looping));
  row('the same while another exhausts its memory, ratio of p99', '3', ratios(greedy));
  const used = [];
  for (const _round of rounds) used.push(await memory(options.plugins));
  row('host process with one plugin, MB', '', spread(used.map(({ empty }) => empty)));
  row('host process in reserve, MB', '', spread(used.map(({ spare }) => spare)));
  row('each further plugin, MB', '', spread(used.map(({ each }) => each)));
  if (options.messages > 0) {
    await using services = await startTestServices();
    const { none, events, checks } = await messagesWithPlugins(services, options.rounds, options.messages);
    const ratio = (values: readonly number[]) => spread(values.map((value, index) => value / none[index]!));
    row('message without plugins, p99, ms', '', spread(none));
    row('message with ten plugins that receive it, ratio of p99', '1.5', ratio(events));
    row('message with ten plugins that check it before, ratio of p99', '1.5', ratio(checks));
  }
  const how = `Isolation: ${hooks[0]!.isolation}. ${options.rounds} rounds; p50 and p99 of ${options.calls} calls one after the other; neighbours for ${options.seconds} s, each called about 100 times a second; ${options.plugins} plugins for memory; ${options.messages} messages, four senders at once.`;
  process.stdout.write(
    `${heading('plugins', how)}\n| | at most | minimum, **median**, maximum |\n| --- | --- | --- |\n${rows.join('\n')}\n`,
  );
}

void main();
