/** The interface between the hub and the transports. Results cross it as bytes that all subscribers share. */
import type { GraphQLFormattedError } from 'graphql';

/** One execution result as UTF-8 JSON. Every subscriber gets the same object; it must not be changed. */
export interface Payload {
  readonly bytes: Buffer;
  /** The event's cursor, if the field is resumable. A client that has received this payload resumes from here. */
  readonly cursor?: string;
  /** The cursor before this event. A client that has not received this payload resumes from there. */
  readonly after?: string;
  /** Whether it may wait some milliseconds for another message to the same client, so that both leave in one write. */
  readonly canWait?: boolean;
}

/** Receives a subscription's results. The hub calls `complete` or `error` once, and nothing after it. */
export interface Sink {
  /**
   * The subscription is live: each later event reaches the sink, or SUBSCRIPTION_INTERRUPTED does. Called at most once, before the
   * first result of a subscription; never for queries and mutations.
   */
  begun?(): void;
  /**
   * Takes consecutive results, at least one. All subscribers of a stream get the same array; it must not be changed. Must not block or throw.
   * If the sink cannot keep up, it calls {@link LiveSubscription.tooSlow}.
   */
  next(payloads: readonly Payload[]): void;
  /** Undefined if there is room for more, else a promise that settles when the queue is empty. Used while resuming only. */
  whenDrained(): Promise<void> | undefined;
  /** The client did not drain its queue in time. The sink must call {@link LiveSubscription.tooSlow}. */
  overflow(): void;
  /** The stream has come to its end. */
  complete(): void;
  /** The subscription was refused, or cannot go on. */
  error(errors: readonly GraphQLFormattedError[]): void;
}

/** A subscription as its transport holds it. */
export interface LiveSubscription {
  /** Ends the subscription because the client is gone: the sink gets nothing more, not even `complete`. Safe to repeat. */
  cancel(): void;
  /** Ends the subscription with SUBSCRIPTION_TOO_SLOW. `cursor` is that of the last payload handed to the network. */
  tooSlow(cursor?: string): void;
}
