/**
 * Heartbeats of a subgraph's access changes, through Redis. Each beat states the time up to which all changes are published. If a
 * gateway misses a few beats, whichever link is at fault, it may miss changes and polls instead. Beats carry no changes themselves.
 *
 * All times are durations: the writer uses the clock of Redis, the reader its own monotonic clock.
 */
import type { Redis } from 'ioredis';
import type { Logger } from '@chat/kit/logging';
import { heardUntil, listen } from '@chat/kit/redis';

/** Pause between two beats, in milliseconds. */
export const BEAT_MS = 200;

/** How long a beat is valid after the time that it states, in milliseconds. Leaves time for a poll within the promised second. */
const LEASE_MS = 600;

/** Silence after which a subgraph counts as uninstalled, in milliseconds. */
const FORGET_MS = 24 * 60 * 60 * 1000;

/** Delay of the retry if the list of subgraphs cannot be read, in milliseconds. */
const RETRY_MS = 250;

const CHANNEL = 'access-beats';
/** A sorted set: subgraph → its last beat, in milliseconds since 1970 by the clock of Redis. */
const SOURCES = 'access-beats:sources';

/**
 * KEYS: the sources, the channel. ARGV: the source, the time that the beat states. The age has a bound, so that a clock that jumps by a day
 * makes no source forgotten. @returns the time by the clock of Redis
 */
const BEAT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('PUBLISH', KEYS[2], string.format('{"source":"%s","ageMs":%d}', ARGV[1], math.min(60000, math.max(0, now - ARGV[2]))))
return now`;

/** Sends the beats of one subgraph, from any of its processes. */
export class AccessBeatWriter implements Disposable {
  /** The clock of Redis at a moment by `performance.now()`; undefined if another Redis may have taken over. */
  private known: { redisMs: number; at: number } | undefined;
  private readonly forget = () => (this.known = undefined);

  constructor(
    private readonly redis: Redis,
    private readonly source: string,
    private readonly prefix = '',
  ) {
    redis.on('close', this.forget);
  }

  /** The present by the clock of Redis or a little earlier, for {@link beat}. Read it before looking for changes. @throws if Redis does not answer */
  async present(): Promise<number> {
    // The last answer was sent before it was received, so the clock of Redis was no earlier than this.
    if (this.known) return Math.floor(this.known.redisMs + performance.now() - this.known.at);
    const [seconds, microseconds] = await this.redis.time();
    return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000);
  }

  /** States that all changes committed before `moment` are published. @throws if Redis does not answer */
  async beat(moment: number): Promise<void> {
    const keys = [this.prefix + SOURCES, this.prefix + CHANNEL];
    const redisMs = Number(await this.redis.eval(BEAT, 2, ...keys, this.source, moment));
    this.known = { redisMs, at: performance.now() };
  }

  [Symbol.dispose](): void {
    this.redis.off('close', this.forget);
  }
}

/** Tracks the time up to which this process has received access changes. Never throws. */
export class AccessBeats implements AsyncDisposable {
  /** Source → time up to which its changes have been received, by `performance.now()`. */
  private readonly heard = new Map<string, number>();
  private readonly stopListening: () => Promise<void>;
  private areSourcesKnown = false;
  private retry?: NodeJS.Timeout;
  private isClosed = false;

  constructor(
    private readonly redis: Redis,
    private readonly subscriber: Redis,
    private readonly log: Logger,
    private readonly prefix = '',
  ) {
    const hear = (text: string) => {
      const { source, ageMs } = JSON.parse(text) as { source: string; ageMs: number };
      // Redis sent the beat after its answer to the last ping, so the beat is no older than that ping.
      this.heard.set(source, heardUntil(subscriber) - ageMs);
    };
    subscriber.on('close', this.onLost);
    this.stopListening = listen(subscriber, prefix + CHANNEL, hear, () => void this.readSources());
  }

  /**
   * How long the changes of `source` count as received without another beat, in milliseconds; 0 if the last beat is no longer valid, and
   * Infinity if the source is not installed. A lost connection ends it at once.
   */
  currentMs(source: string): number {
    return this.isListening ? Math.max(0, LEASE_MS - this.ageOf(source)) : 0;
  }

  /** As {@link currentMs} for every installed source except `exempt`. */
  currentMsOfAll(exempt?: string): number {
    if (!this.isListening) return 0;
    let ms = LEASE_MS;
    for (const source of this.heard.keys())
      if (source !== exempt && this.ageOf(source) < FORGET_MS) ms = Math.min(ms, this.currentMs(source));
    return ms;
  }

  /** Time up to which the changes of all installed sources except `exempt` have been received, by `performance.now()`. */
  receivedUntil(exempt?: string): number {
    if (!this.areSourcesKnown) return -Infinity;
    let until = Infinity;
    for (const [source, heard] of this.heard)
      if (source !== exempt && this.ageOf(source) < FORGET_MS) until = Math.min(until, heard);
    return until;
  }

  private get isListening(): boolean {
    return this.areSourcesKnown && this.subscriber.status === 'ready';
  }

  private ageOf(source: string): number {
    return performance.now() - (this.heard.get(source) ?? Infinity);
  }

  /** Reads the sources from Redis, so that those that never send a beat are missed as well. */
  private async readSources(): Promise<void> {
    clearTimeout(this.retry);
    try {
      const sources = await this.redis.zrange(this.prefix + SOURCES, Date.now() - FORGET_MS, '+inf', 'BYSCORE');
      const until = performance.now() - LEASE_MS;
      for (const source of sources) if (!this.heard.has(source)) this.heard.set(source, until);
      this.areSourcesKnown = true;
    } catch (error) {
      if (this.isClosed) return;
      this.log.debug({ err: error }, 'the sources of access changes could not be read; trying again');
      this.retry = setTimeout(() => void this.readSources(), RETRY_MS).unref();
    }
  }

  /** Messages that are published while the connection is closed are lost. */
  private readonly onLost = (): void => {
    const until = performance.now() - LEASE_MS;
    for (const [source, heard] of this.heard) this.heard.set(source, Math.min(heard, until));
  };

  async [Symbol.asyncDispose](): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.retry);
    this.subscriber.off('close', this.onLost);
    await this.stopListening();
  }
}
