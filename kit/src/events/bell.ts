/** Carries "there is a new event" between processes through Redis Pub/Sub. Promises nothing about delivery; event rows do. */
import { RedisPubSub } from 'graphql-redis-subscriptions';
import type { Redis } from 'ioredis';
import type { EventRow } from './event-log';

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
    const pipeline = this.publisher.pipeline();
    for (const [stream, ofStream] of Map.groupBy(rows, (row) => row.stream))
      pipeline.publish(this.channel(stream), JSON.stringify(ofStream));
    for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error;
  }

  /** Calls `listener` for each event of a stream that is heard. Returns how to stop. */
  async listen(stream: string, listener: (row: EventRow) => void): Promise<() => void> {
    const id = await this.pubsub.subscribe<EventRow[]>(this.channel(stream), (rows) => rows.forEach(listener));
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

  /** Calls `listener` whenever the connection is back and something may have been missed. */
  onReconnected(listener: () => void): () => void {
    this.subscriber.on('ready', listener);
    return () => this.subscriber.off('ready', listener);
  }

  private channel(stream: string): string {
    return `${this.prefix}bell:${stream}`;
  }
}
