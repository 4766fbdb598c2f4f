/** Load on subscriptions: a crowd of subscribers, and messages sent as fast as they arrive or at a fixed rate. */
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
  /** The gateway's memory per subscriber. */
  kbPerSubscriber: number;
}

/** The baseline of memory, taken after the first subscriber, whose one-off cost would distort the average. */
const FIRST = 20;

/** Resolves when every subscriber has received an event. */
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

/** The start of a subscription is not announced, so messages are sent until every subscriber has received one. */
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
 * Sends to all channels for `seconds` with `window` messages of each channel in flight, and waits until all have arrived.
 * @throws if more or fewer messages arrive than were sent
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

/** Sends at an even rate across the channels, and measures every event. */
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

/** A quantile of values in ascending order. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}
