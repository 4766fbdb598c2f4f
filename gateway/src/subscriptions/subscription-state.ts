/**
 * The states of one client's subscription and the transitions between them. {@link Subscriber} applies the table; nothing here
 * authorises, delivers or keeps time. docs/subscription-states.md shows the same table, and a test compares the two.
 *
 * Invariants:
 *
 * 1. A sink receives results only in `resuming` and `live`.
 * 2. A subscriber belongs to exactly one track in `resuming` and `live`, and to none in `authorising` and `ended`.
 * 3. `ended` is final. The first reason wins, and the sink gets one `complete` or `error`, or neither if the client cancelled.
 * 4. Events after the subscriber's cursor arrive once and in order, in both states that deliver.
 * 5. If the subscriber has lost access, no event that arrives more than a second later is delivered; see known-access.ts.
 */

export type SubscriptionState =
  /** The owning subgraph is asked whether the client may subscribe. */
  | 'authorising'
  /** Follows a track that was opened from a cursor and may be behind the end of the stream. Delivery waits for the client. */
  | 'resuming'
  /** Follows the end of the stream. Delivery waits for nobody: a slow client's subscription ends. */
  | 'live'
  /** Holds nothing and receives nothing. */
  | 'ended';

export type SubscriptionEvent =
  /** Joins a track that was opened from a cursor: after authorisation, or when a new supergraph needs another upstream. */
  | 'joinedPast'
  /** Joins a track that follows the end of the stream, for the same reasons. */
  | 'joinedLive'
  /** The subscriber's track has reached the end of the stream. */
  | 'caughtUp'
  /** The stream, the client, a lost permission or a full queue ends the subscription. */
  | 'ended';

/** Why a subscription has ended: a label of `gateway_subscriptions_ended_total` and a field of the log line. */
export type EndReason = 'completed' | 'refused' | 'cancelled' | 'slow' | 'access-lost' | 'invalid' | 'shutdown';

/** `null` marks an event that cannot occur in a state. */
export const SUBSCRIPTION_TRANSITIONS = {
  authorising: { joinedPast: 'resuming', joinedLive: 'live', caughtUp: null, ended: 'ended' },
  resuming: { joinedPast: 'resuming', joinedLive: 'live', caughtUp: 'live', ended: 'ended' },
  live: { joinedPast: 'resuming', joinedLive: 'live', caughtUp: 'live', ended: 'ended' },
  ended: { joinedPast: null, joinedLive: null, caughtUp: null, ended: 'ended' },
} as const satisfies Record<SubscriptionState, Record<SubscriptionEvent, SubscriptionState | null>>;

/** @throws if the event cannot occur in the state, which is a bug in the caller. */
export function nextSubscriptionState(state: SubscriptionState, event: SubscriptionEvent): SubscriptionState {
  const next = SUBSCRIPTION_TRANSITIONS[state][event];
  if (next === null) throw new Error(`A subscription in the state "${state}" got the event "${event}".`);
  return next;
}
