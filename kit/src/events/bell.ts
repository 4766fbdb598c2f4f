/** Carries "there is a new event" between processes through Redis Pub/Sub. Promises nothing about delivery; event rows do. */
import { RedisPubSub } from 'graphql-redis-subscriptions';
import type { Redis } from 'ioredis';
import { isAnswering, onAnswering } from '../redis';
import type { EventMap, EventRow, Stream } from './stream-kind';

/** How long a start waits until Redis has confirmed that it listens, in milliseconds; polls stand in until then. */
const PATIENCE_MS = 250;

/** From this number of streams on, scripts publish to many at once: a command for each costs this process twice as much. */
const MANY = 20;
/** Streams of one script: a longer one would hold up other clients of Redis. */
const AT_ONCE = 1000;
const PUBLISH_EACH = `for i = 1, #ARGV, 2 do redis.call('PUBLISH', ARGV[i], ARGV[i + 1]) end`;

export class Bell {
  private readonly pubsub: RedisPubSub;

  /** `subscriber` comes from connectRedisSubscriber; both connections stay their owner's. `prefix` separates installations (and tests) that share a Redis. */
  constructor(
    private readonly publisher: Redis,
    private readonly subscriber: Redis,
    private readonly prefix: string,
  ) {
    this.pubsub = new RedisPubSub({ publisher, subscriber });
  }

  /** Any number of events at once: those of one stream travel together, and all by one write. */
  async ring(rows: readonly EventRow[]): Promise<void> {
    const streams = [...Map.groupBy(rows, (row) => row.stream)].map(
      ([stream, ofStream]) => [this.channel(stream), JSON.stringify(ofStream)] as const,
    );
    const pipeline = this.publisher.pipeline();
    if (streams.length < MANY) {
      for (const [channel, news] of streams) pipeline.publish(channel, news);
    } else {
      for (let at = 0; at < streams.length; at += AT_ONCE)
        pipeline.eval(PUBLISH_EACH, 0, ...streams.slice(at, at + AT_ONCE).flat());
    }
    for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error;
  }

  /** Calls `listener` for each event of a stream that is heard. Returns how to stop. */
  async listen<Events extends EventMap>(
    stream: Stream<Events>,
    listener: (row: EventRow<Events>) => void,
  ): Promise<() => void> {
    const id = await this.pubsub.subscribe<EventRow<Events>[]>(this.channel(stream), (rows) => rows.forEach(listener));
    return () => this.pubsub.unsubscribe(id);
  }

  /** A signal without a row behind it (typing, presence): heard now or never. */
  async signal(topic: string, payload: unknown): Promise<void> {
    await this.pubsub.publish(this.channel(topic), payload);
  }

  async listenSignal<T>(topic: string, listener: (payload: T) => void): Promise<() => void> {
    const id = await this.pubsub.subscribe<T>(this.channel(topic), listener);
    return () => this.pubsub.unsubscribe(id);
  }

  /** Settles when `listening` does, or when Redis takes too long to confirm it. Never rejects, and never waits for a silent Redis. */
  async patiently(...listening: Promise<unknown>[]): Promise<void> {
    if (!isAnswering(this.subscriber)) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, PATIENCE_MS).unref()));
    await Promise.race([Promise.allSettled(listening), late]);
    clearTimeout(timer);
  }

  /** Calls `listener` whenever Redis answers again and something may have been missed. */
  onReconnected(listener: () => void): () => void {
    return onAnswering(this.subscriber, listener);
  }

  private channel(stream: string): string {
    return `${this.prefix}bell:${stream}`;
  }
}
