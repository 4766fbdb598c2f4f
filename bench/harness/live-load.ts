/** Load on subscriptions: a crowd that follows channels, and messages sent to them as fast as they arrive, or at a pace. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Fixture } from '../fixtures/start';
import type { Counted } from '../load/crowd';
import { BenchProcess } from './bench-process';
import type { StartedGateway } from './gateways';
import type { Figures } from './report';

export const FANOUT_MEASURES = {
  deliveriesPerSecond: 'deliveries/s',
  cpuSeconds: 'processor s per 100,000 deliveries',
  p99Ms: 'p99 ms',
  gatewayShare: 'gateway’s processor use',
  loadShare: 'load’s processor use',
} as const;

export const LATENCY_MEASURES = { p50Ms: 'p50 ms', p99Ms: 'p99 ms', maxMs: 'longest ms' } as const;

export interface Audience {
  name: string;
  gateway: StartedGateway;
  crowd: BenchProcess;
  channels: string[];
  subscribers: number;
  /** What each subscriber adds to the gateway's memory. */
  kbPerSubscriber: number;
}

/** Memory is counted from here on, so that what a first subscriber brings in is not taken for what each costs. */
const FIRST = 20;

/** Resolves when every subscriber has had an event. */
export async function gather(
  fixture: Fixture,
  gateway: StartedGateway,
  { subscribers, channels: channelCount, query }: { subscribers: number; channels: number; query: string },
): Promise<Audience> {
  const { name, url } = gateway;
  const crowd = new BenchProcess({ args: ['bench/load/crowd.ts'], side: 'load' });
  await crowd.waitFor(/ready/);
  const channels = Array.from(
    { length: channelCount },
    (_, index) => `${name}-${subscribers}-${channelCount}-${index}`,
  );
  const payloads = channels.map((channelId) => JSON.stringify({ query, variables: { channelId } }));
  const connect = async (count: number, all: number) => {
    await crowd.call('connect', { url, payloads, count });
    await untilAllLive(fixture, crowd, channels, all);
  };
  await connect(Math.max(FIRST, channelCount), Math.max(FIRST, channelCount));
  const before = await gateway.process.collectedKb();
  const more = subscribers - Math.max(FIRST, channelCount);
  await connect(more, subscribers);
  const kbPerSubscriber = ((await gateway.process.collectedKb()) - before) / more;
  return { name, gateway, crowd, channels, subscribers, kbPerSubscriber };
}

/** Nobody is told when a subscription has begun, so messages are sent until each has had one. */
async function untilAllLive(fixture: Fixture, crowd: BenchProcess, channels: string[], all: number): Promise<void> {
  for (const giveUpAt = Date.now() + 60_000; ;) {
    await fixture.subgraphs.call('send', { names: channels, each: 1 });
    await delay(250);
    const live = await crowd.call<number>('live');
    if (live === all) break;
    if (Date.now() > giveUpAt) throw new Error(`Only ${live} of ${all} subscribers are served.`);
  }
  for (let before = -1, now = 0; before !== now;) {
    before = now;
    await delay(250);
    now = await crowd.call<number>('events');
  }
}

/**
 * Sends to all channels for `seconds`, so that `window` messages of each are always under way, and waits until all have come.
 * @throws where one more or one less has come than was sent.
 */
export async function saturate(
  { subgraphs }: Fixture,
  { gateway, crowd, channels, subscribers }: Audience,
  { seconds, window }: { seconds: number; window: number },
): Promise<Figures<keyof typeof FANOUT_MEASURES>> {
  await crowd.call('count', Math.max(1, Math.floor(subscribers / 50)) + 1);
  const cpuBefore = gateway.process.cpuSeconds();
  const subgraphsBefore = subgraphs.cpuSeconds();
  const startedAt = performance.now();
  let sent = 0;
  while (performance.now() - startedAt < seconds * 1000) {
    await crowd.call('until', (sent - window + 1) * subscribers);
    await subgraphs.call('send', { names: channels, each: 1 });
    sent++;
  }
  await crowd.call('until', sent * subscribers);
  const elapsed = (performance.now() - startedAt) / 1000;
  const cpuSeconds = gateway.process.cpuSeconds() - cpuBefore;
  const loadSeconds = subgraphs.cpuSeconds() - subgraphsBefore;
  const { events, latencies, cpuSeconds: crowdSeconds } = await crowd.call<Counted>('counted');
  if (events !== sent * subscribers) throw new Error(`${events} events came of ${sent * subscribers}.`);
  return {
    deliveriesPerSecond: events / elapsed,
    cpuSeconds: (cpuSeconds * 100_000) / events,
    p99Ms: quantile(latencies, 0.99),
    gatewayShare: cpuSeconds / elapsed,
    loadShare: (loadSeconds + crowdSeconds) / elapsed,
  };
}

/** Sends at an even pace, spread over the channels, and looks at every event. */
export async function atPace(
  { subgraphs }: Fixture,
  { crowd, channels }: Audience,
  { seconds, messagesPerSecond }: { seconds: number; messagesPerSecond: number },
): Promise<Figures<keyof typeof LATENCY_MEASURES>> {
  await crowd.call('count', 1);
  await subgraphs.call('pace', { channels, messagesPerSecond });
  await delay(seconds * 1000);
  await subgraphs.call('stop');
  await delay(250);
  const { latencies } = await crowd.call<Counted>('counted');
  return { p50Ms: quantile(latencies, 0.5), p99Ms: quantile(latencies, 0.99), maxMs: latencies.at(-1)! };
}

/** Of values in ascending order. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}
