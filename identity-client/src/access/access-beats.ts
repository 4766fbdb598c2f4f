/**
 * Says through Redis, several times a second, up to when a subgraph's changes of access are published. A gateway that misses a
 * few beats may not hear of changes, whichever link is at fault, and asks instead. Carries no change itself.
 *
 * All times are durations: the writer measures by the clock of Redis, the reader by its own monotonic clock.
 */
import type { Redis } from 'ioredis';
import type { Logger } from '@chat/kit/logging';
import { heardUntil, listen } from '@chat/kit/redis';

/** Pause between two beats, in milliseconds. */
export const BEAT_MS = 125;

/** How long a beat counts after the moment that it speaks of, in milliseconds. Leaves time to ask within the promised second. */
const LEASE_MS = 550;

/** A subgraph that has sent no beat for this long is no longer installed, in milliseconds. */
const FORGET_MS = 24 * 60 * 60 * 1000;

/** When the list of subgraphs is read again after a failure, in milliseconds. */
const RETRY_MS = 250;

const CHANNEL = 'access-beats';
/** A sorted set: subgraph → its last beat, in milliseconds since 1970 by the clock of Redis. */
const SOURCES = 'access-beats:sources';

/** KEYS: the sources, the channel. ARGV: the source, the moment that the beat speaks of. */
const BEAT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('PUBLISH', KEYS[2], string.format('{"source":"%s","ageMs":%d}', ARGV[1], math.max(0, now - ARGV[2])))`;

/** The beats of one subgraph, from any of its processes. */
export class AccessBeatWriter {
  constructor(
    private readonly redis: Redis,
    private readonly source: string,
    private readonly prefix = '',
  ) {}

  /** The present, for {@link beat}: take it before looking for changes. @throws if Redis does not answer. */
  async present(): Promise<number> {
    const [seconds, microseconds] = await this.redis.time();
    return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000);
  }

  /** All changes that were committed before `moment` are published. @throws if Redis does not answer. */
  async beat(moment: number): Promise<void> {
    await this.redis.eval(BEAT, 2, this.prefix + SOURCES, this.prefix + CHANNEL, this.source, moment);
  }
}

/** Up to when this process has heard of changes of access. Never throws. */
export class AccessBeats implements AsyncDisposable {
  /** Source → up to when its changes have been heard, by `performance.now()`. */
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
      // Redis has sent the beat after it answered the last ping, so the beat is no older than that ping.
      this.heard.set(source, heardUntil(subscriber) - ageMs);
    };
    subscriber.on('close', this.onLost);
    this.stopListening = listen(subscriber, prefix + CHANNEL, hear, () => void this.readSources());
  }

  /** Whether all changes that `source` made until half a second ago have been heard. A source without any beat so far is trusted. */
  isCurrent(source: string): boolean {
    return this.isListening && this.ageOf(source) < LEASE_MS;
  }

  /** Whether {@link isCurrent} holds for every source that is installed, except `exempt`. */
  isCurrentForAll(exempt?: string): boolean {
    if (!this.isListening) return false;
    for (const source of this.heard.keys()) {
      const ageMs = this.ageOf(source);
      if (source !== exempt && ageMs >= LEASE_MS && ageMs < FORGET_MS) return false;
    }
    return true;
  }

  private get isListening(): boolean {
    return this.areSourcesKnown && this.subscriber.status === 'ready';
  }

  private ageOf(source: string): number {
    return performance.now() - (this.heard.get(source) ?? Infinity);
  }

  /** Sources that were silent all along must be missed, too. */
  private async readSources(): Promise<void> {
    clearTimeout(this.retry);
    try {
      const sources = await this.redis.zrange(this.prefix + SOURCES, Date.now() - FORGET_MS, '+inf', 'BYSCORE');
      const until = performance.now() - LEASE_MS;
      for (const source of sources) if (!this.heard.has(source)) this.heard.set(source, until);
      this.areSourcesKnown = true;
    } catch (error) {
      if (this.isClosed) return;
      this.log.debug({ err: error }, 'the subgraphs that tell of changes of access could not be read; trying again');
      this.retry = setTimeout(() => void this.readSources(), RETRY_MS).unref();
    }
  }

  /** What was published while the connection was closed is lost. */
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
