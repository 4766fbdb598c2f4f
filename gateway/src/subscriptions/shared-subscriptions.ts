/** All shared subscriptions by sharing key. Each is created for its first subscriber and carried over to every new supergraph. */
import { print, type GraphQLFormattedError } from 'graphql';
import type { Variables } from '../execution/executor';
import { OperationPreparer } from '../planning/prepare';
import type { PreparedOperation } from '../planning/prepared-operation';
import type { SupergraphSource } from '../supergraph/source';
import type { LiveClient } from './live-client';
import { LiveOperation } from './live-operation';
import { SharedSubscription } from './shared-subscription';
import type { SubscriptionDeps } from './subscription-deps';
import type { EndReason } from './subscription-state';

type Errors = readonly GraphQLFormattedError[];

/** Events stay in memory for at least this long and at most twice as long, in milliseconds. */
const AGE_MS = 30_000;

/** Ends subscriptions if their operation is no longer valid. */
export const INVALID: Errors = [
  {
    message: 'The schema has changed and this subscription is no longer valid.',
    extensions: { code: 'SUBSCRIPTION_INVALID' },
  },
];

export class SharedSubscriptions implements Disposable {
  private readonly byKey = new Map<string, SharedSubscription>();
  private readonly preparer: OperationPreparer;
  private readonly operations = new WeakMap<PreparedOperation, LiveOperation | { errors: Errors }>();
  private readonly stopWatching: () => void;
  private readonly ageing: NodeJS.Timeout;

  constructor(
    private readonly source: SupergraphSource,
    private readonly deps: SubscriptionDeps,
  ) {
    this.preparer = new OperationPreparer({ thread: deps.planningThread });
    this.stopWatching = source.onChange(() => this.migrate());
    this.ageing = setInterval(() => {
      for (const shared of this.byKey.values()) shared.age();
    }, AGE_MS).unref();
  }

  /** Makes the plans of an operation that may take long to plan, so that `operation` finds them. Rejects if there are none. */
  async makePlans(original: PreparedOperation, variables: Variables): Promise<void> {
    if (!this.operations.has(original)) await LiveOperation.makePlans(original, this.preparer, variables);
  }

  /** The client's operation in the form that can be shared. */
  operation(original: PreparedOperation): LiveOperation | { errors: Errors } {
    let live = this.operations.get(original);
    if (!live) {
      live = LiveOperation.from(original, this.preparer);
      this.operations.set(original, live);
    }
    return live;
  }

  /** The same operation for the current supergraph; undefined if it is no longer valid. */
  prepareAgain(original: PreparedOperation): PreparedOperation | undefined {
    try {
      const query = print(original.document);
      const prepared = this.preparer.prepare(this.source.current, { query, operationName: original.name });
      return 'errors' in prepared ? undefined : prepared;
    } catch (error) {
      this.deps.log.error({ err: error }, 'an open subscription could not be planned for the new supergraph');
      return undefined;
    }
  }

  /** The shared subscription for a client. `own` are its variables without the one that resumes. */
  for(
    live: LiveOperation,
    original: PreparedOperation,
    own: Variables,
    client: LiveClient,
    isUndecided = false,
  ): SharedSubscription {
    const key = live.sharingKey(own, client.viewer, isUndecided);
    let shared = this.byKey.get(key);
    if (!shared) {
      const created = new SharedSubscription(live, original, own, isUndecided, this.deps, () => {
        if (this.byKey.get(key) === created) this.byKey.delete(key);
      });
      shared = created;
      this.byKey.set(key, shared);
    }
    return shared;
  }

  /** Carries all subscriptions over to a new supergraph and ends those that are no longer valid. */
  private migrate(): void {
    for (const [key, shared] of [...this.byKey]) {
      const original = this.prepareAgain(shared.original);
      const live = original && this.operation(original);
      if (!original || !live || 'errors' in live) {
        failAll(shared, INVALID, 'invalid');
      } else if (!shared.adopt(live)) {
        this.byKey.delete(key); // its replacement may have the same key
        this.move(shared, original, live);
      }
    }
  }

  private move(from: SharedSubscription, original: PreparedOperation, live: LiveOperation): void {
    const own = live.ownVariables(from.variables);
    for (const { subscriber, cursor: seen } of from.subscribers()) {
      const cursor = seen === undefined ? undefined : live.asCursor(from.live.resumeValue(seen));
      from.leave(subscriber);
      this.for(live, original, own, subscriber.client, from.isUndecided).join(subscriber, cursor);
      if (cursor === undefined) SharedSubscription.tellInterrupted(subscriber);
    }
  }

  /** Ends the remaining subscriptions, as after a drain. */
  [Symbol.dispose](): void {
    this.stopWatching();
    clearInterval(this.ageing);
    const errors = [{ message: 'The gateway is shutting down.', extensions: { code: 'SERVICE_UNAVAILABLE' } }];
    for (const shared of [...this.byKey.values()]) failAll(shared, errors, 'shutdown');
  }
}

function failAll(shared: SharedSubscription, errors: Errors, reason: EndReason): void {
  for (const { subscriber } of shared.subscribers()) subscriber.fail(errors, reason);
}
