/** One client's subscription. It ends once, by whichever comes first: its stream, its client, its access, its slowness. */
import type { GraphQLFormattedError } from 'graphql';
import type { LiveClient } from './live-client';
import type { SharedSubscription } from './shared-subscription';
import type { LiveSubscription, Payload, Sink } from './sink';
import type { Member, Track } from './tracks';

export class Subscriber implements Member<Payload>, LiveSubscription {
  track?: Track<Payload>;
  /** Where it is served; absent before it is authorised. */
  home?: SharedSubscription;
  isEnded = false;
  /** Results that it was given. */
  results = 0;
  /** Milliseconds of {@link performance.now}. */
  readonly startedAt = performance.now();

  constructor(
    readonly client: LiveClient,
    /** The operation's name, where it has one. */
    readonly name: string | undefined,
    private readonly sink: Sink,
    private readonly onEnd: (subscriber: Subscriber, why: EndReason) => void,
  ) {
    client.subscribers.add(this);
  }

  receive(payload: Payload): void {
    if (this.isEnded) return;
    this.results++;
    this.sink.next(payload);
  }

  /** As {@link Sink.whenRead}. */
  whenRead(): Promise<void> | undefined {
    return this.isEnded ? undefined : this.sink.whenRead();
  }

  giveUp(): void {
    if (!this.isEnded) this.sink.giveUp();
  }

  /** The stream has ended by itself. */
  complete(): void {
    if (this.detach('completed')) this.sink.complete();
  }

  fail(errors: readonly GraphQLFormattedError[], why: EndReason = 'refused'): void {
    if (this.detach(why)) this.sink.error(errors);
  }

  cancel(): void {
    this.detach('cancelled');
  }

  tooSlow(cursor?: string): void {
    const message = 'Events came faster than they were read.';
    const resume = cursor === undefined ? undefined : { cursor: this.home?.live.resumeValue(cursor) };
    this.fail([{ message, extensions: { code: 'SUBSCRIPTION_TOO_SLOW', ...resume } }], 'slow');
  }

  private detach(why: EndReason): boolean {
    if (this.isEnded) return false;
    this.isEnded = true;
    this.client.subscribers.delete(this);
    this.home?.leave(this);
    this.onEnd(this, why);
    return true;
  }
}

/** Why a subscription has ended, as the metrics and the log name it. */
export type EndReason = 'completed' | 'refused' | 'cancelled' | 'slow' | 'access-lost' | 'invalid' | 'shutdown';
