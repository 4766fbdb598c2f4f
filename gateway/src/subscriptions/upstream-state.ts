/**
 * The states of one upstream and the transitions between them. {@link UpstreamReader} applies the table and performs the
 * effects; nothing here opens streams or keeps time. docs/subscription-states.md shows the same table, and a test compares the two.
 *
 * Invariants:
 *
 * 1. An upstream is opened after the cursor of the last delivered event, and only once all earlier events have been delivered.
 * 2. Events are delivered once and in order, and none after `stopped`.
 * 3. If an upstream that had been accepted is replaced by one that cannot resume from a cursor, its subscribers are told of the gap.
 * 4. A subgraph outage alone never ends a subscription that was accepted before.
 */

export type UpstreamState =
  /** The subgraph has not accepted any upstream of this track yet. */
  | 'starting'
  /** The subgraph has accepted the current upstream. */
  | 'following'
  /** An earlier upstream was accepted, and the reader is opening another one. */
  | 'resuming'
  /** Nothing is opened or delivered any more. */
  | 'stopped';

export type UpstreamEvent =
  /** The subgraph confirmed the upstream: by a result, by answering `subscribe` in process, or by a quiet moment. */
  | 'accepted'
  /** The connection was lost, or the subgraph refused as unavailable. */
  | 'unavailable'
  /** The member on whose behalf the upstream was opened may not follow it. */
  | 'forbidden'
  /** The request does not fit the subgraph's schema, or the subgraph failed unexpectedly. */
  | 'unfit'
  /** The subgraph refused for every viewer and at any time. */
  | 'rejected'
  /** The viewer's roles have changed since the upstream was opened, and its results depend on them. */
  | 'outdated'
  /** `unavailable` while starting, or `unfit` while resuming, beyond the deadline. */
  | 'timedOut'
  /** The stream came to its end. */
  | 'completed'
  /** The track has no members left. */
  | 'stopped';

export type UpstreamEffect =
  | 'none'
  /** Back off, then open another upstream. */
  | 'retry'
  /** Open another upstream at once. */
  | 'reopen'
  /** End the member on whose behalf the upstream was opened, then open another one at once. */
  | 'failOne'
  /** End all members with the errors. */
  | 'failAll'
  /** Complete all members. */
  | 'completeAll'
  /** If the upstream could not resume from a cursor, tell all members that events may be missing. */
  | 'reportGap';

export interface UpstreamTransition {
  readonly to: UpstreamState;
  readonly effect: UpstreamEffect;
}

const to = (state: UpstreamState, effect: UpstreamEffect = 'none'): UpstreamTransition => ({ to: state, effect });
const STOPPED = to('stopped');

/** `null` marks an event that cannot occur in a state. */
export const UPSTREAM_TRANSITIONS: Readonly<
  Record<UpstreamState, Readonly<Record<UpstreamEvent, UpstreamTransition | null>>>
> = {
  starting: {
    accepted: to('following'),
    unavailable: to('starting', 'retry'),
    outdated: to('starting', 'reopen'),
    forbidden: to('starting', 'failOne'),
    unfit: to('stopped', 'failAll'),
    rejected: to('stopped', 'failAll'),
    timedOut: to('stopped', 'failAll'),
    completed: to('stopped', 'completeAll'),
    stopped: STOPPED,
  },
  following: {
    accepted: to('following'),
    unavailable: to('resuming', 'retry'),
    outdated: to('resuming', 'reopen'),
    forbidden: to('resuming', 'failOne'),
    unfit: to('stopped', 'failAll'),
    rejected: to('stopped', 'failAll'),
    timedOut: null,
    completed: to('stopped', 'completeAll'),
    stopped: STOPPED,
  },
  resuming: {
    accepted: to('following', 'reportGap'),
    unavailable: to('resuming', 'retry'),
    outdated: to('resuming', 'reopen'),
    forbidden: to('resuming', 'failOne'),
    unfit: to('resuming', 'retry'),
    rejected: to('stopped', 'failAll'),
    timedOut: to('stopped', 'failAll'),
    completed: to('stopped', 'completeAll'),
    stopped: STOPPED,
  },
  stopped: {
    accepted: STOPPED,
    unavailable: STOPPED,
    outdated: STOPPED,
    forbidden: STOPPED,
    unfit: STOPPED,
    rejected: STOPPED,
    timedOut: STOPPED,
    completed: STOPPED,
    stopped: STOPPED,
  },
};

/** @throws if the event cannot occur in the state, which is a bug in the caller. */
export function nextUpstreamState(state: UpstreamState, event: UpstreamEvent): UpstreamTransition {
  const next = UPSTREAM_TRANSITIONS[state][event];
  if (next === null) throw new Error(`An upstream in the state "${state}" got the event "${event}".`);
  return next;
}
