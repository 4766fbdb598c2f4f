/** All shared subscriptions, by what their subscribers have in common: begun when the first comes, and carried over to each new supergraph. */
import { print, type GraphQLFormattedError } from 'graphql';
import type { Variables } from '../execution/executor';
import { OperationPreparer } from '../planning/prepare';
import type { PreparedOperation } from '../planning/prepared-operation';
import type { SupergraphSource } from '../supergraph/source';
import type { LiveClient } from './live-client';
import { LiveOperation } from './live-operation';
import { SharedSubscription, type Surroundings } from './shared-subscription';
import type { EndReason } from './subscriber';

type Errors = readonly GraphQLFormattedError[];

/** The recent past is kept for as long as this and up to twice as long, in milliseconds. */
const AGE_MS = 30_000;

/** What is told to those whose operation does not fit the schema any more. */
export const INVALID: Errors = [
  {
    message: 'The schema has changed and this subscription no longer fits it.',
    extensions: { code: 'SUBSCRIPTION_INVALID' },
  },
];

export class SharedSubscriptions implements Disposable {
  private readonly byIdentity = new Map<string, SharedSubscription>();
  private readonly preparer = new OperationPreparer();
  private readonly operations = new WeakMap<PreparedOperation, LiveOperation | { errors: Errors }>();
  private readonly stopWatching: () => void;
  private readonly ageing: NodeJS.Timeout;

  constructor(
    private readonly source: SupergraphSource,
    private readonly around: Surroundings,
  ) {
    this.stopWatching = source.onChange(() => this.migrate());
    this.ageing = setInterval(() => {
      for (const shared of this.byIdentity.values()) shared.age();
    }, AGE_MS).unref();
  }

  /** How an operation of a client's runs live. */
  operation(original: PreparedOperation): LiveOperation | { errors: Errors } {
    let live = this.operations.get(original);
    if (!live) {
      live = LiveOperation.from(original, this.preparer);
      this.operations.set(original, live);
    }
    return live;
  }

  /** The same operation for the supergraph as it is now; undefined where it does not fit any more. */
  prepareAgain(original: PreparedOperation): PreparedOperation | undefined {
    try {
      const query = print(original.document);
      const prepared = this.preparer.prepare(this.source.current, { query, operationName: original.name });
      return 'errors' in prepared ? undefined : prepared;
    } catch (error) {
      this.around.log.error({ err: error }, 'a live subscription could not be planned for the new supergraph');
      return undefined;
    }
  }

  /** The one that a client shares with whoever asks for the same. `own` are its variables without the one that resumes. */
  for(
    live: LiveOperation,
    original: PreparedOperation,
    own: Variables,
    client: LiveClient,
    isUndecided = false,
  ): SharedSubscription {
    const key = live.identity(own, client.viewer, isUndecided);
    let shared = this.byIdentity.get(key);
    if (!shared) {
      const created = new SharedSubscription(live, original, own, isUndecided, this.around, () => {
        if (this.byIdentity.get(key) === created) this.byIdentity.delete(key);
      });
      shared = created;
      this.byIdentity.set(key, shared);
    }
    return shared;
  }

  /** A new supergraph: everybody goes on, unless the operation no longer fits. */
  private migrate(): void {
    for (const [key, shared] of [...this.byIdentity]) {
      const original = this.prepareAgain(shared.original);
      const live = original && this.operation(original);
      if (!original || !live || 'errors' in live) {
        failAll(shared, INVALID, 'invalid');
      } else if (!shared.adopt(live)) {
        this.byIdentity.delete(key); // the one that takes its place may have the same key
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

  /** Ends what is left, as after a drain. */
  [Symbol.dispose](): void {
    this.stopWatching();
    clearInterval(this.ageing);
    const away = [{ message: 'The gateway is shutting down.', extensions: { code: 'SERVICE_UNAVAILABLE' } }];
    for (const shared of [...this.byIdentity.values()]) failAll(shared, away, 'shutdown');
  }
}

function failAll(shared: SharedSubscription, errors: Errors, why: EndReason): void {
  for (const { subscriber } of shared.subscribers()) subscriber.fail(errors, why);
}
