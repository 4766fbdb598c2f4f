/** The seam between the hub and the transports: what a subscriber is given, as bytes that are made once for all of them. */
import type { GraphQLFormattedError } from 'graphql';

/** One execution result as UTF-8 JSON. The same object is handed to every subscriber that shares it; nobody may change it. */
export interface Payload {
  readonly bytes: Buffer;
  /** The event's cursor where the field is resumable: whoever has this payload resumes from here. */
  readonly cursor?: string;
  /** The cursor that the stream had come to before: whoever has not seen this payload resumes from there. */
  readonly after?: string;
}

/** Where a subscription's results go. The hub calls `complete` or `error` once, and nothing after it. */
export interface Sink {
  /** Must not block and must not throw: a sink that cannot keep up calls {@link LiveSubscription.tooSlow}. */
  next(payload: Payload): void;
  /** Undefined where there is room for more, else when what waits has been read. Asked only by who can wait. */
  whenRead(): Promise<void> | undefined;
  /** It was waited for long enough: the sink must call {@link LiveSubscription.tooSlow}. */
  giveUp(): void;
  /** The stream has come to its end. */
  complete(): void;
  /** The subscription was refused, or cannot go on. */
  error(errors: readonly GraphQLFormattedError[]): void;
}

/** A subscription as its transport holds it. */
export interface LiveSubscription {
  /** The client has left: nothing is sent any more, not even `complete`. Safe to repeat. */
  cancel(): void;
  /** Ends the subscription with SUBSCRIPTION_TOO_SLOW; `cursor` is the last one that was handed to the network. */
  tooSlow(cursor?: string): void;
}
