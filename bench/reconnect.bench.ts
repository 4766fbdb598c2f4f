/**
 * The recovery when thousands of subscribers lose their gateway at once. It is killed while messages are sent. All its
 * subscribers reconnect to a cold gateway, each with the cursor of its last message. Nothing may be lost or repeated; the
 * bench checks every message of every subscriber. If `--chat 1` is given, it uses the real messaging and identity over
 * PostgreSQL and Redis instead of the fixture subgraphs. `--earlier <checkout>` adds the gateway, and with `--chat 1` the subgraphs, of
 * another commit.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { sharedNow } from './fixtures/world';
import { BenchProcess } from './harness/bench-process';
import { EARLIER, OURS } from './harness/gateways';
import { comparisonOptions } from './harness/options';
import { CELLS, heading, spread } from './harness/report';
import { interleave } from './harness/rounds';
import type { ReturningCrowd, Seen } from './load/returning-crowd';
import { startChatWorld } from './worlds/chat-world';
import { startFixtureWorld } from './worlds/fixture-world';
import type { World } from './worlds/world';

const BACK = 'seconds until the last is connected again';
const LIVE = 'seconds until messages reach everybody within 0.5 s again';
const RETRIED = 'connections that had to be tried again';
const GATEWAY_CPU = 'processor seconds until all have a message again: the gateway that takes them in';
const ALL_CPU = 'processor seconds of all servers';
const CROWD_CPU = 'not counted: the subscribers';
const WRONG = 'messages lost, repeated or out of order';
const BEHIND = 'subscribers without the last message at the end';

/** How long messages are checked after all have one again, in milliseconds. */
const AFTERWARDS_MS = 5_000;

/** Metric → figure. */
type Outcome = Record<string, number>;

const options = comparisonOptions({
  rounds: 2,
  subscribers: 10_000,
  channels: 100,
  rate: 50,
  /** The most that the way back may take. */
  seconds: 60,
  /** The period in which subscribers reconnect, in milliseconds; the graphql-ws client takes 2,700. */
  spread: 1_000,
  chat: 0,
  /** With 0, all processes share all processors, as on a host; by default the gateway has one to itself. */
  pinned: 1,
});
const isPinned = options.pinned !== 0;
BenchProcess.isPinning = isPinned;

async function main(): Promise<void> {
  const { rounds, subscribers, channels, rate, spread: spreadMs, chat, earlier } = options;
  const candidates = [{ name: OURS }, ...(earlier ? [{ name: EARLIER, checkout: earlier }] : [])];
  const how =
    `${subscribers} subscribers of ${channels} channels, ${rate} messages a second in all, with authors from another subgraph ` +
    `(${chat ? 'messaging and identity over PostgreSQL and Redis' : 'fixture subgraphs'}). Each subscriber has an account ` +
    'of its own, and the subgraph authorises each. The gateway is killed (SIGKILL), and all reconnect to another one ' +
    `within ${spreadMs} ms, if it admits them. Messages are checked until all have one again, and for ${AFTERWARDS_MS / 1000} s after that. ` +
    (isPinned ? 'Gateway on one processor, everything else on the other.' : 'All processes share all processors.');
  const top = heading('reconnect', how);
  const outcomes = await interleave(candidates, rounds, ({ checkout }: { checkout?: string }) => killOne(checkout));
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  const of = (name: string, measure: string) => outcomes.map((outcome) => outcome.get(name)![measure]!);
  const names = candidates.map(({ name }) => name);
  const ratios = (measure: string) =>
    earlier ? [spread(of(OURS, measure).map((figure, round) => figure / of(EARLIER, measure)[round]!))] : [];
  process.stdout.write(`${top}\n${row(['', ...names, ...(earlier ? [`**${OURS} / ${EARLIER}**`] : [])])}`);
  process.stdout.write(row(['---', ...names.map(() => '---'), ...(earlier ? ['---'] : [])]));
  for (const measure of Object.keys(outcomes[0]!.get(OURS)!)) {
    process.stdout.write(row([measure, ...names.map((name) => spread(of(name, measure))), ...ratios(measure)]));
  }
  process.stdout.write(`\n${CELLS}`);
  if (outcomes.some((outcome) => outcome.get(OURS)![WRONG]! + outcome.get(OURS)![BEHIND]! > 0)) process.exitCode = 1;
}

async function killOne(checkout?: string): Promise<Outcome> {
  const { subscribers, channels: channelCount, rate, seconds, spread: spreadMs, chat } = options;
  await using stack = new AsyncDisposableStack();
  const world = stack.use(await (chat ? startChatWorld : startFixtureWorld)(channelCount, checkout));
  const { query, marks, channels, secretKey } = world;
  const [first, second] = [await world.startGateway(), await world.startGateway()];
  stack.use(first.process);
  stack.use(second.process);
  const crowd = stack.use(new BenchProcess({ args: ['bench/load/returning-crowd.ts'], side: 'load' }));
  await crowd.waitFor(/ready/);
  const urls = [first.url, second.url];
  const wanted: ReturningCrowd = { urls, query, marks, channels, secretKey, spreadMs, count: subscribers };
  await crowd.call('gather', wanted);
  await untilAllLive(world, crowd);
  await world.startPace(rate);
  await delay(3000);

  const before = await crowd.call<Seen>('seen');
  if (before.returns > 0) throw new Error(`${before.returns} subscribers were lost before the gateway was.`);
  await world.load();
  const cpu = () => [second.process.cpuSeconds(), crowd.cpuSeconds()] as const;
  const cpuBefore = cpu();
  const killedAt = sharedNow();
  first.process.signal('SIGKILL');
  await untilAllServed(crowd, seconds);
  const load = await world.load();
  const [gatewayCpu, crowdCpu] = cpu().map((now, index) => now - cpuBefore[index]!);
  await delay(AFTERWARDS_MS);
  const seen = await crowd.call<Seen>('seen');

  await world.stopPace();
  await delay(1000);
  const behind = await crowd.call<number>('behind', await world.heads());
  const after = await crowd.call<Seen>('seen');
  if (Object.keys(seen.failures).length > 0) process.stderr.write(`${JSON.stringify(seen.failures)}\n`);
  if (seen.allBackAt === 0) throw new Error(`Only ${seen.returns} of ${subscribers} were back after ${seconds} s.`);
  return {
    [BACK]: (seen.allBackAt - killedAt) / 1000,
    [LIVE]: (Math.max(seen.lastLateAt, killedAt) - killedAt) / 1000,
    [RETRIED]: Object.values(seen.failures).reduce((sum, count) => sum + count, 0),
    [GATEWAY_CPU]: gatewayCpu!,
    ...load,
    [ALL_CPU]: Object.entries(load)
      .filter(([measure]) => measure.startsWith('processor seconds'))
      .reduce((sum, [, used]) => sum + used, gatewayCpu!),
    [CROWD_CPU]: crowdCpu!,
    [WRONG]: before.wrong + seen.wrong + after.wrong,
    [BEHIND]: behind,
  };
}

/** Looks ten times a second, which costs little beside the subscribers. */
async function untilAllServed(crowd: BenchProcess, seconds: number): Promise<void> {
  for (const giveUpAt = Date.now() + seconds * 1000; Date.now() < giveUpAt;) {
    if ((await crowd.call<number>('served')) === options.subscribers) return;
    await delay(100);
  }
}

async function untilAllLive(world: World, crowd: BenchProcess): Promise<void> {
  for (const giveUpAt = Date.now() + 60_000; Date.now() < giveUpAt;) {
    await world.sendToAll();
    await delay(500);
    if ((await crowd.call<number>('live')) === options.subscribers) return;
  }
  const [live, { failures }] = [await crowd.call<number>('live'), await crowd.call<Seen>('seen')];
  throw new Error(`Only ${live} subscribers are served. ${JSON.stringify(failures).slice(0, 1000)}`);
}

void main();
