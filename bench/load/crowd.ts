/** A process full of counting subscribers: the number of events, their latency, and the cost of counting them. */
import { sharedNow } from '../fixtures/world';
import { onCommand } from '../harness/commands';
import { Subscriber } from './subscriber';

export interface Crowd {
  url: string;
  /** One entry per kind of subscription, as JSON; subscribers are spread over them evenly. */
  payloads: string[];
  count: number;
}

export interface Counted {
  events: number;
  /** Latencies of a sample of them, in milliseconds, the shortest first. */
  latencies: number[];
  /** Processor time of this process since counting began, in seconds. */
  cpuSeconds: number;
}

/** Connections that are opened at once. */
const CONNECTING = 100;

const SENT_AT = Buffer.from('"sentAt":');

const subscribers: Subscriber[] = [];
let live = 0;
let events = 0;
let sampleEvery = 1;
let latencies: number[] = [];
let cpuBefore = process.cpuUsage();
let waiting: { events: number; reached: () => void; failed: (error: Error) => void } | undefined;
let lost: string | undefined;

function count(bytes: Buffer, start: number, end: number): void {
  if (++events % sampleEvery === 0) {
    const at = bytes.indexOf(SENT_AT, start) + SENT_AT.length;
    latencies.push(sharedNow() - parseFloat(bytes.toString('latin1', at, Math.min(at + 24, end))));
  }
  if (waiting && events >= waiting.events) {
    waiting.reached();
    waiting = undefined;
  }
}

function onLost(why: string): void {
  lost = why;
  waiting?.failed(new Error(`A subscriber was lost: ${why}`));
}

onCommand('connect', async ({ url, payloads, count: size }: Crowd) => {
  let next = 0;
  const connectOne = async () => {
    while (next < size) {
      let isLive = false;
      const subscriber = new Subscriber({
        url,
        payload: payloads[next++ % payloads.length]!,
        onEvent(bytes, start, end) {
          if (!isLive) {
            isLive = true;
            live++;
          }
          count(bytes, start, end);
        },
        onLost,
      });
      subscribers.push(subscriber);
      await subscriber.asked;
    }
  };
  await Promise.all(Array.from({ length: CONNECTING }, connectOne));
});

/** The number of subscribers that have received an event. */
onCommand('live', () => {
  if (lost) throw new Error(`A subscriber was lost: ${lost}`);
  return live;
});

onCommand('events', () => events);

/** Resets the count, and samples the latency of each `every`-th event. */
onCommand('count', (every: number) => {
  events = 0;
  sampleEvery = every;
  latencies = [];
  cpuBefore = process.cpuUsage();
});

/** Resolves when this many events have arrived since counting began. */
onCommand('until', (target: number) => {
  if (lost) throw new Error(`A subscriber was lost: ${lost}`);
  if (events >= target) return;
  return new Promise<void>((reached, failed) => (waiting = { events: target, reached, failed }));
});

onCommand('counted', (): Counted => {
  const { user, system } = process.cpuUsage(cpuBefore);
  return { events, latencies: latencies.sort((a, b) => a - b), cpuSeconds: (user + system) / 1e6 };
});

onCommand('leave', () => {
  for (const subscriber of subscribers.splice(0)) subscriber.end();
  live = 0;
});

process.stdout.write('ready\n');
