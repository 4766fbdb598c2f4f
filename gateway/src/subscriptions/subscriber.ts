/** One client's subscription: its state, its place on a track, and its sink. It ends once; the first reason wins. */
import type { GraphQLFormattedError } from 'graphql';
import type { ClientSubscription, SharedOperation } from './client-subscription';
import { KnownAccess } from './known-access';
import type { LiveClient } from './live-client';
import type { Payload, Sink } from './sink';
import {
  nextSubscriptionState,
  type EndReason,
  type SubscriptionEvent,
  type SubscriptionState,
} from './subscription-state';
import type { Member, Track } from './tracks';

/** The shared subscription that a subscriber has joined. */
export interface SubscriberGroup extends SharedOperation {
  leave(subscriber: Subscriber): void;
}

export class Subscriber implements Member<Payload>, ClientSubscription {
  track?: Track<Payload>;
  shared?: SubscriberGroup;
  readonly access = new KnownAccess();
  /** Results given to the sink. */
  results = 0;
  /** Milliseconds of {@link performance.now}. */
  readonly startedAt = performance.now();
  private state: SubscriptionState = 'authorising';
  private hasBegun = false;

  constructor(
    readonly client: LiveClient,
    /** The operation's name, if it has one. */
    readonly name: string | undefined,
    private readonly sink: Sink,
    private readonly onEnd: (subscriber: Subscriber, reason: EndReason) => void,
  ) {
    client.subscriptions.add(this);
  }

  get isEnded(): boolean {
    return this.state === 'ended';
  }

  get position(): string | undefined {
    return this.track?.last;
  }

  joined({ isCurrent }: Track<Payload>): void {
    this.apply(isCurrent ? 'joinedLive' : 'joinedPast');
  }

  caughtUp(): void {
    this.apply('caughtUp');
  }

  begun(): void {
    if (this.hasBegun || this.isEnded) return;
    this.hasBegun = true;
    this.sink.begun?.();
  }

  receive(payloads: readonly Payload[]): void {
    if (this.isEnded) return;
    this.results += payloads.length;
    this.sink.next(payloads);
  }

  /** As {@link Sink.whenDrained}. */
  whenDrained(): Promise<void> | undefined {
    return this.isEnded ? undefined : this.sink.whenDrained();
  }

  overflow(): void {
    if (!this.isEnded) this.sink.overflow();
  }

  /** The stream has come to its end. */
  complete(): void {
    if (this.end('completed')) this.sink.complete();
  }

  fail(errors: readonly GraphQLFormattedError[], reason: EndReason = 'refused'): void {
    if (this.end(reason)) this.sink.error(errors);
  }

  cancel(): void {
    this.end('cancelled');
  }

  tooSlow(cursor?: string): void {
    const message = 'Events arrived faster than the client read them.';
    const resume = cursor === undefined ? undefined : { cursor: this.shared?.live.resumeValue(cursor) };
    this.fail([{ message, extensions: { code: 'SUBSCRIPTION_TOO_SLOW', ...resume } }], 'slow');
  }

  /** @returns false if the subscription had ended before. */
  private end(reason: EndReason): boolean {
    const wasEnded = this.isEnded;
    this.apply('ended');
    if (wasEnded) return false;
    this.client.subscriptions.delete(this);
    this.shared?.leave(this);
    this.onEnd(this, reason);
    return true;
  }

  private apply(event: SubscriptionEvent): void {
    this.state = nextSubscriptionState(this.state, event);
  }
}
