/** Carries "there is a new event" between processes through Redis Pub/Sub. Promises nothing about delivery; event rows do. */
import { RedisPubSub } from 'graphql-redis-subscriptions';
import type { ChainableCommander, Redis } from 'ioredis';
import { isAnswering, onAnswering } from '../redis';
import type { EventMap, EventRow, Stream } from './stream-kind';

/** How long a start waits until Redis has confirmed that it listens, in milliseconds; polls stand in until then. */
const PATIENCE_MS = 250;

/** From this number of streams on, scripts publish to many at once: a command for each costs this process twice as much. */
const MANY = 20;
/** Streams of one script: a longer one would hold up other clients of Redis. */
const AT_ONCE = 1000;
const PUBLISH_EACH = `for i = 1, #ARGV, 2 do redis.call('PUBLISH', ARGV[i], ARGV[i + 1]) end`;
/**
 * Publishes one event that many streams have, each under its own number, in the form of {@link PUBLISH_EACH}.
 * ARGV: the prefix of the channels, the streams, their numbers, and the rest of the event's JSON.
 */
const PUBLISH_EQUAL = `
local next_seq = string.gmatch(ARGV[3], '%S+')
for stream in string.gmatch(ARGV[2], '%S+') do
  redis.call('PUBLISH', ARGV[1] .. stream, '[{"stream":"' .. stream .. '","seq":' .. next_seq() .. ',' .. ARGV[4])
end`;
/** Streams that JSON does not escape. */
const PLAIN_STREAM = /^[\w:.-]+$/;

/** A stream and its new events. */
type OfStream = readonly [stream: string, rows: readonly EventRow[]];

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
    const streams = [...Map.groupBy(rows, (row) => row.stream)];
    const pipeline = this.publisher.pipeline();
    if (streams.length < MANY) {
      for (const [stream, ofStream] of streams) pipeline.publish(this.channel(stream), JSON.stringify(ofStream));
    } else {
      const equal = Map.groupBy(streams, ([stream, { length, 0: row }]) =>
        length === 1 && PLAIN_STREAM.test(stream) ? row!.payload : undefined,
      );
      for (const [payload, some] of equal) {
        for (let at = 0; at < some.length; at += AT_ONCE) {
          const part = some.slice(at, at + AT_ONCE);
          const isEqual = payload !== undefined && new Set(part.map(([, [row]]) => row!.type)).size === 1;
          if (isEqual) this.publishEqual(pipeline, part);
          else this.publishEach(pipeline, part);
        }
      }
    }
    for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error;
  }

  private publishEach(pipeline: ChainableCommander, streams: readonly OfStream[]): void {
    pipeline.eval(PUBLISH_EACH, 0, ...streams.flatMap(([name, rows]) => [this.channel(name), JSON.stringify(rows)]));
  }

  /** The only row of each stream has the same type and payload. */
  private publishEqual(pipeline: ChainableCommander, streams: readonly OfStream[]): void {
    const rows = streams.map(([, [row]]) => row!);
    const { stream: _stream, seq: _seq, ...event } = rows[0]!;
    const names = rows.map(({ stream }) => stream).join(' ');
    const seqs = rows.map(({ seq }) => seq).join(' ');
    pipeline.eval(PUBLISH_EQUAL, 0, this.channel(''), names, seqs, `${JSON.stringify(event).slice(1)}]`);
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
