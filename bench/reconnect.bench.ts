/**
 * What happens when thousands lose their gateway at once? It is killed while messages are sent; all its subscribers go to
 * another one, which has served nobody yet, each with the cursor of the last message that it saw. Nothing may be lost or
 * repeated, and this is checked for every message of every subscriber.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { startFixture, type Fixture } from './fixtures/start';
import type { Load } from './fixtures/subgraphs';
import { sharedNow } from './fixtures/world';
import { BenchProcess } from './harness/bench-process';
import { startOurs } from './harness/gateways';
import { numberOptions } from './harness/options';
import { heading, spread } from './harness/report';
import type { ReturningCrowd, Seen } from './load/returning-crowd';

const query = `subscription Live($channelId: ID!, $after: String) {
  messageAdded(channelId: $channelId, after: $after) { id seq text sentAt author { id displayName } }
}`;

const SECRET_KEY = 'only for measurements: 32 characters';

const MEASURES = {
  backSeconds: 'seconds until the last is connected again',
  liveSeconds: 'seconds until messages reach everybody within 0.5 s again',
  failedAttempts: 'connections that had to be tried again',
  requests: 'requests to the subgraphs meanwhile (may they subscribe; who wrote this)',
  upstreams: 'subscriptions opened at the subgraph',
  subgraphCpu: 'processor seconds of the subgraphs',
  gatewayCpu: 'processor seconds of the gateway that takes them in',
  wrong: 'messages lost, repeated or out of order',
  behind: 'subscribers without the last message at the end',
} as const;

type Outcome = Record<keyof typeof MEASURES, number>;

const options = numberOptions({ rounds: 2, subscribers: 10_000, channels: 100, rate: 50, seconds: 15 });

async function main(): Promise<void> {
  const { rounds, subscribers, channels, rate, seconds } = options;
  const outcomes: Outcome[] = [];
  for (let round = 0; round < rounds; round++) {
    outcomes.push(await killOne());
    process.stderr.write(`round ${round + 1} of ${rounds}\n`);
  }
  const how =
    `${subscribers} subscribers of ${channels} channels, ${rate} messages a second in all, with authors from another subgraph. ` +
    'Each subscriber has an account of its own, and is authorised by the subgraph. ' +
    `The gateway is killed (SIGKILL) and all come at once to another one; ${seconds} s are looked at. ` +
    'Gateway on one processor, subgraphs and subscribers on the other.';
  const rows = Object.entries(MEASURES).map(([measure, title]) => {
    return `| ${title} | ${spread(outcomes.map((outcome) => outcome[measure as keyof Outcome]))} |`;
  });
  process.stdout.write(`${heading('reconnect', how)}\n| | |\n| --- | --- |\n${rows.join('\n')}\n\n`);
  process.stdout.write(`Each cell: minimum, **median**, maximum over ${rounds} rounds.\n`);
  if (outcomes.some(({ wrong, behind }) => wrong + behind > 0)) process.exitCode = 1;
}

async function killOne(): Promise<Outcome> {
  const { subscribers, channels: channelCount, rate, seconds } = options;
  await using stack = new AsyncDisposableStack();
  const fixture = stack.use(await startFixture());
  const { subgraphs } = fixture;
  const [first, second] = [await startOurs(fixture, { SECRET_KEY }), await startOurs(fixture, { SECRET_KEY })];
  stack.use(first.process);
  stack.use(second.process);
  const crowd = stack.use(new BenchProcess({ args: ['bench/load/returning-crowd.ts'], side: 'load' }));
  await crowd.waitFor(/ready/);
  const channels = Array.from({ length: channelCount }, (_, index) => `channel-${index}`);
  const wanted: ReturningCrowd = {
    urls: [first.url, second.url],
    query,
    channels,
    count: subscribers,
    secretKey: SECRET_KEY,
  };
  await crowd.call('gather', wanted);
  await untilAllLive(fixture, crowd, channels);
  await subgraphs.call('pace', { channels, messagesPerSecond: rate });
  await delay(3000);

  const before = await crowd.call<Seen>('seen');
  if (before.returns > 0) throw new Error(`${before.returns} subscribers were lost before the gateway was.`);
  await subgraphs.call('load');
  const cpuBefore = [subgraphs.cpuSeconds(), second.process.cpuSeconds()] as const;
  const killedAt = sharedNow();
  first.process.signal('SIGKILL');
  await delay(seconds * 1000);
  const seen = await crowd.call<Seen>('seen');
  const load = await subgraphs.call<Load>('load');
  const cpuAfter = [subgraphs.cpuSeconds(), second.process.cpuSeconds()] as const;

  await subgraphs.call('stop');
  await delay(1000);
  const behind = await crowd.call<number>('behind', await subgraphs.call('heads'));
  const late = await crowd.call<Seen>('seen');
  if (Object.keys(seen.failures).length > 0) process.stderr.write(`${JSON.stringify(seen.failures)}\n`);
  if (seen.allBackAt === 0) throw new Error(`Only ${seen.returns} of ${subscribers} were back after ${seconds} s.`);
  return {
    backSeconds: (seen.allBackAt - killedAt) / 1000,
    liveSeconds: (seen.lastLateAt - killedAt) / 1000,
    failedAttempts: Object.values(seen.failures).reduce((sum, count) => sum + count, 0),
    requests: load.requests,
    upstreams: load.subscriptions,
    subgraphCpu: cpuAfter[0] - cpuBefore[0],
    gatewayCpu: cpuAfter[1] - cpuBefore[1],
    wrong: before.wrong + seen.wrong + late.wrong,
    behind,
  };
}

async function untilAllLive({ subgraphs }: Fixture, crowd: BenchProcess, channels: string[]): Promise<void> {
  for (const giveUpAt = Date.now() + 60_000; Date.now() < giveUpAt;) {
    await subgraphs.call('send', { names: channels, each: 1 });
    await delay(500);
    if ((await crowd.call<number>('live')) === options.subscribers) return;
  }
  throw new Error(`Only ${await crowd.call<number>('live')} subscribers are served.`);
}

void main();
