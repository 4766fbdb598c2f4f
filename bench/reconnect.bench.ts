/**
 * The recovery when thousands of subscribers lose their gateway at once. It is killed while messages are sent. All its
 * subscribers reconnect to a cold gateway, each with the cursor of its last message. Nothing may be lost or repeated; the
 * bench checks every message of every subscriber. If `--chat 1` is given, it uses the real messaging and identity over
 * PostgreSQL and Redis instead of the fixture subgraphs.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { sharedNow } from './fixtures/world';
import { BenchProcess } from './harness/bench-process';
import { numberOptions } from './harness/options';
import { heading, spread } from './harness/report';
import type { ReturningCrowd, Seen } from './load/returning-crowd';
import { startChatWorld } from './worlds/chat-world';
import { startFixtureWorld } from './worlds/fixture-world';
import type { World } from './worlds/world';

const BACK = 'seconds until the last is connected again';
const LIVE = 'seconds until messages reach everybody within 0.5 s again';
const RETRIED = 'connections that had to be tried again';
const GATEWAY_CPU = 'processor seconds of the gateway that takes them in';
const WRONG = 'messages lost, repeated or out of order';
const BEHIND = 'subscribers without the last message at the end';

/** Metric → figure. */
type Outcome = Record<string, number>;

const options = numberOptions({
  rounds: 2,
  subscribers: 10_000,
  channels: 100,
  rate: 50,
  seconds: 15,
  /** The period in which subscribers reconnect, in milliseconds; the graphql-ws client takes 2,700. */
  spread: 1_000,
  chat: 0,
});

async function main(): Promise<void> {
  const { rounds, subscribers, channels, rate, seconds, spread: spreadMs, chat } = options;
  const outcomes: Outcome[] = [];
  for (let round = 0; round < rounds; round++) {
    outcomes.push(await killOne());
    process.stderr.write(`round ${round + 1} of ${rounds}\n`);
  }
  const how =
    `${subscribers} subscribers of ${channels} channels, ${rate} messages a second in all, with authors from another subgraph ` +
    `(${chat ? 'messaging and identity over PostgreSQL and Redis' : 'fixture subgraphs'}). Each subscriber has an account ` +
    'of its own, and the subgraph authorises each. The gateway is killed (SIGKILL), and all reconnect to another one ' +
    `within ${spreadMs} ms, if it admits them. Counted over the ${seconds} s after that. ` +
    'Gateway on one processor, everything else on the other.';
  const rows = Object.keys(outcomes[0]!).map(
    (measure) => `| ${measure} | ${spread(outcomes.map((outcome) => outcome[measure]!))} |`,
  );
  process.stdout.write(`${heading('reconnect', how)}\n| | |\n| --- | --- |\n${rows.join('\n')}\n\n`);
  process.stdout.write(
    `Each cell: minimum, **median**, maximum over ${rounds} ${rounds === 1 ? 'round' : 'rounds'}.\n`,
  );
  if (outcomes.some((outcome) => outcome[WRONG]! + outcome[BEHIND]! > 0)) process.exitCode = 1;
}

async function killOne(): Promise<Outcome> {
  const { subscribers, channels: channelCount, rate, seconds, spread: spreadMs, chat } = options;
  await using stack = new AsyncDisposableStack();
  const world = stack.use(await (chat ? startChatWorld : startFixtureWorld)(channelCount));
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
  const cpuBefore = second.process.cpuSeconds();
  const killedAt = sharedNow();
  first.process.signal('SIGKILL');
  await delay(seconds * 1000);
  const seen = await crowd.call<Seen>('seen');
  const load = await world.load();
  const gatewayCpu = second.process.cpuSeconds() - cpuBefore;

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
    [GATEWAY_CPU]: gatewayCpu,
    ...load,
    [WRONG]: before.wrong + seen.wrong + after.wrong,
    [BEHIND]: behind,
  };
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
