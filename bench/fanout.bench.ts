/**
 * The cost of fan-out to many subscribers: ours, Hive Gateway, and a bare broadcast over `ws` without GraphQL, with few and
 * many subscribers of one channel and of a hundred. Counts every event on arrival. `--earlier <checkout>` adds our gateway
 * of another commit, `--only 'bare ws'` selects peers by words in their names.
 */
import { startFixture, type Fixture } from './fixtures/start';
import { EARLIER, installed, OURS, startOurs, startPeer, type PeerName, type StartedGateway } from './harness/gateways';
import { atPace, FANOUT_MEASURES, gather, LATENCY_MEASURES, saturate, type Audience } from './harness/live-load';
import { comparisonOptions } from './harness/options';
import { CELLS, heading, table } from './harness/report';
import { interleave } from './harness/rounds';

const query = `subscription Live($channelId: ID!) {
  messageAdded(channelId: $channelId) { id seq text sentAt author { id } }
}`;

const options = comparisonOptions({
  rounds: 3,
  seconds: 2,
  /** Before the first round of each candidate, in seconds: V8 compiles meanwhile. */
  warmup: 6,
  window: 16,
  channels: 100,
  /** Subscribers of each part; 0 skips a part. */
  few: 1_000,
  many: 10_000,
  latency: 1_000,
});

type Candidate = PeerName | typeof OURS | typeof EARLIER;

async function main(): Promise<void> {
  const { rounds, seconds, warmup, window, few, many, channels, latency } = options;
  await using fixture = await startFixture();
  const peers: Candidate[] = installed(['bare ws', 'bare ws, coalesced', 'Hive Gateway, router-runtime']).filter(
    options.isChosen,
  );
  if (options.earlier) peers.unshift(EARLIER);
  const how =
    `${rounds} interleaved rounds of ${seconds} s after ${warmup} s of each to warm up. ${window} messages of each channel are always in flight. The gateway has ` +
    'a processor of its own; the subgraph and the subscribers share the other. The use of each is given (1 is all of it). ' +
    'If neither is used up, other work on the machine has held the run back; compare processor time then. The selection ' +
    'is from one subgraph, since a bare broadcast knows no other.';
  process.stdout.write(heading('fanout', how));
  for (const subscribers of [few, many].filter((count) => count > 0)) {
    for (const channelCount of [1, channels]) await fanOut(fixture, peers, subscribers, channelCount);
  }
  if (latency > 0) await measureLatency(fixture, latency);
  process.stdout.write(CELLS);
}

async function fanOut(
  fixture: Fixture,
  peers: readonly Candidate[],
  subscribers: number,
  channels: number,
): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const audiences = await gatherAll(stack, fixture, peers, subscribers, channels);
  for (const audience of audiences) await saturate(fixture, audience, { ...options, seconds: options.warmup });
  const figures = await interleave(audiences, options.rounds, (audience) => saturate(fixture, audience, options));
  const memory = audiences.map(({ name, kbPerSubscriber }) => `${name} ${kbPerSubscriber.toFixed(1)}`);
  process.stdout.write(
    `### ${subscribers} subscribers, ${channels === 1 ? 'one channel' : `${channels} channels`}\n\n` +
      `${table([OURS, ...peers], FANOUT_MEASURES, figures)}\nKB of memory per subscriber: ${memory.join('; ')}.\n\n`,
  );
}

async function measureLatency(fixture: Fixture, subscribers: number): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const peers = ['bare ws'] as const;
  const audiences = await gatherAll(stack, fixture, peers, subscribers, 1);
  const figures = await interleave(audiences, options.rounds, (audience) =>
    atPace(fixture, audience, { seconds: 5, messagesPerSecond: 2 }),
  );
  process.stdout.write(
    `### Latency: ${subscribers} subscribers of one channel, 2 messages a second\n\n` +
      `${table([OURS, ...peers], LATENCY_MEASURES, figures)}\n`,
  );
}

async function gatherAll(
  stack: AsyncDisposableStack,
  fixture: Fixture,
  peers: readonly Candidate[],
  subscribers: number,
  channels: number,
): Promise<Audience[]> {
  const audiences: Audience[] = [];
  const candidates: Candidate[] = [OURS, ...peers];
  for (const name of candidates) {
    const gateway = await start(name, fixture);
    stack.use(gateway.process);
    const audience = await gather(fixture, gateway, { subscribers, channels, query });
    stack.use(audience.crowd);
    audiences.push(audience);
    process.stderr.write(`${name}: ${subscribers} subscribers, ${audience.kbPerSubscriber.toFixed(1)} KB each\n`);
  }
  return audiences;
}

function start(name: Candidate, fixture: Fixture): Promise<StartedGateway> {
  if (name === OURS) return startOurs(fixture);
  return name === EARLIER ? startOurs(fixture, { checkout: options.earlier }) : startPeer(name, fixture);
}

void main();
