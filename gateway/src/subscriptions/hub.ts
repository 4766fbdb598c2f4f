/**
 * Subscriptions of any supergraph, shared: who asks for the same is served by one upstream and one execution per event,
 * and each is authorised on its own, at the start and whenever its access may have changed. Knows no transport.
 */
import { print, type GraphQLFormattedError } from 'graphql';
import { withCorrelation, type Logger } from '@chat/kit/logging';
import type { Variables } from '../execution/executor';
import { publicError } from '../execution/public-error';
import { OperationPreparer } from '../planning/prepare';
import type { PreparedOperation } from '../planning/prepared-operation';
import type { Supergraph } from '../supergraph/supergraph';
import type { SupergraphSource } from '../supergraph/source';
import { Authoriser } from './authoriser';
import { EntityBatches } from './entity-batches';
import type { LiveClient } from './live-client';
import { LiveClients } from './live-clients';
import { LiveOperation } from './live-operation';
import { SharedSubscription, type Surroundings } from './shared-subscription';
import type { LiveSubscription, Sink } from './sink';
import { Subscriber, type EndReason } from './subscriber';

export interface HubOptions extends Omit<Surroundings, 'entities' | 'onUpstreamLost'> {
  source: SupergraphSource;
  /** The most subscriptions that one connection may hold. */
  maxSubscriptionsPerClient: number;
  /** Runs the start of a subscription in a span; absent where nothing is traced. */
  trace?: (operation: { kind: string; name?: string; traceparent?: string }, start: Start) => ReturnType<Start>;
}

/** Lets a subscription in, or says why not. */
type Start = () => Promise<{ errors?: Errors }>;

type Errors = readonly GraphQLFormattedError[];

/** The recent past is kept for as long as this and up to twice as long, in milliseconds. */
const AGE_MS = 30_000;

const LOSS_LOG_MS = 5_000;

/** When access that has changed is asked about again, in milliseconds: after what subgraphs may remember, within the promised second. */
const SECOND_LOOK_MS = 600;

const INVALID: Errors = [
  {
    message: 'The schema has changed and this subscription no longer fits it.',
    extensions: { code: 'SUBSCRIPTION_INVALID' },
  },
];

export class SubscriptionHub implements Disposable {
  readonly clients = new LiveClients();
  private readonly shared = new Map<string, SharedSubscription>();
  private readonly preparer = new OperationPreparer();
  private readonly liveOperations = new WeakMap<PreparedOperation, LiveOperation | { errors: Errors }>();
  private readonly stopWatching: () => void;
  private readonly ageing: NodeJS.Timeout;
  private readonly authoriser: Authoriser;
  private readonly log: Logger;
  private readonly around: Surroundings;
  private lossLoggedAt = 0;

  constructor(private readonly options: HubOptions) {
    this.log = options.log;
    this.authoriser = new Authoriser(options);
    const entities = new EntityBatches(options.services);
    this.around = { ...options, entities, onUpstreamLost: (error) => this.logLoss(error) };
    this.ageing = setInterval(() => {
      for (const shared of this.shared.values()) shared.age();
    }, AGE_MS).unref();
    this.stopWatching = options.source.onChange((supergraph) => this.migrate(supergraph));
  }

  /**
   * Starts a subscription on behalf of `client`. Refusals come through `sink.error`.
   * `variables` are coerced for `original`, which is prepared, valid and within the limits.
   */
  subscribe(client: LiveClient, original: PreparedOperation, variables: Variables, sink: Sink): LiveSubscription {
    const { metrics, maxSubscriptionsPerClient } = this.options;
    const isOneTooMany = client.subscribers.size >= maxSubscriptionsPerClient;
    metrics.subscriptions.inc();
    const { name, kind } = original;
    const subscriber = new Subscriber(client, name, sink, this.onEnd);
    if (isOneTooMany) {
      const message = `A connection holds at most ${maxSubscriptionsPerClient} subscriptions.`;
      subscriber.fail([{ message, extensions: { code: 'LIMIT_EXCEEDED' } }]);
    } else {
      const start: Start = async () => ({ errors: await this.admit(subscriber, original, variables) });
      const { trace } = this.options;
      (trace ? trace({ kind, name, traceparent: client.traceparent }, start) : start()).then(
        ({ errors }) => errors && subscriber.fail(errors, errors === INVALID ? 'invalid' : 'refused'),
        (error: unknown) => subscriber.fail([this.masked(error, client)]),
      );
    }
    return subscriber;
  }

  /** Takes over a token and, where it is a fresh one, asks again for everything that the client holds. @returns false where it is another account's. */
  renew(client: LiveClient, viewer: NonNullable<LiveClient['viewer']>): boolean {
    const { expiresAt, sessionId } = client.viewer ?? {};
    if (client.viewer?.id === viewer.id && sessionId === viewer.sessionId && expiresAt === viewer.expiresAt)
      return true;
    const isRenewed = this.clients.renew(client, viewer);
    if (isRenewed) this.recheckClient(client);
    return isRenewed;
  }

  /**
   * Call it when an account's access may have changed; without `userId`, when anybody's may have.
   * Asks twice: subgraphs hear of the change at their own pace, and the first question may overtake it.
   */
  recheck(userId?: string): void {
    const ask = () => {
      for (const client of this.clients.of(userId)) this.recheckClient(client);
    };
    ask();
    setTimeout(ask, SECOND_LOOK_MS).unref();
  }

  /** Ends every subscription of a session that was ended. */
  endSession(sessionId: string): void {
    this.clients.endSession(sessionId);
  }

  /** @returns why it may not be served. */
  private async admit(
    subscriber: Subscriber,
    original: PreparedOperation,
    variables: Variables,
  ): Promise<Errors | undefined> {
    const { client } = subscriber;
    const live = this.liveOperation(original);
    if ('errors' in live) return live.errors;
    const own = live.ownVariables(variables);
    const cursor = live.cursorGiven(variables);
    const asked = live.upstreamVariables(own, cursor);
    const { errors, isUndecided } = await this.authoriser.authorise(client, live, asked, () => subscriber.isEnded);
    if (errors || subscriber.isEnded) return errors;
    if (live.prepared.supergraph !== this.options.source.current) {
      const current = this.prepareAgain(original, this.options.source.current);
      return current ? this.admit(subscriber, current, variables) : INVALID;
    }
    this.sharedFor(live, original, own, client, isUndecided).join(subscriber, cursor);
    return undefined;
  }

  private readonly onEnd = ({ client, name, startedAt, results }: Subscriber, reason: EndReason): void => {
    const { metrics } = this.options;
    metrics.subscriptions.dec();
    metrics.ended.inc({ reason });
    if (reason === 'slow') metrics.slowConsumers.inc();
    if (!this.log.isLevelEnabled('info')) return;
    const ms = Math.round(performance.now() - startedAt);
    const line = { operation: name, kind: 'subscription', ms, results, reason, viewer: client.viewer?.id };
    withCorrelation(client.correlationId, () => this.log.info(line, 'subscription ended'));
  };

  private sharedFor(
    live: LiveOperation,
    original: PreparedOperation,
    own: Variables,
    client: LiveClient,
    isUndecided = false,
  ): SharedSubscription {
    const key = live.identity(own, client.viewer?.id, isUndecided);
    let shared = this.shared.get(key);
    if (!shared) {
      const created = new SharedSubscription(live, original, own, isUndecided, this.around, () => {
        if (this.shared.get(key) === created) this.shared.delete(key);
      });
      shared = created;
      this.shared.set(key, shared);
    }
    return shared;
  }

  /** One question for each distinct subscription of the client; those that are still open from before are given up. */
  private recheckClient(client: LiveClient): void {
    const version = ++client.accessVersion;
    const byHome = new Map<SharedSubscription, Subscriber[]>();
    for (const subscriber of client.subscribers) {
      if (!subscriber.home) continue; // it is being authorised, and will be asked about again
      const together = byHome.get(subscriber.home);
      if (together) together.push(subscriber);
      else byHome.set(subscriber.home, [subscriber]);
    }
    for (const [home, subscribers] of byHome) {
      const isObsolete = () => client.accessVersion !== version || subscribers.every(({ isEnded }) => isEnded);
      const asked = home.live.upstreamVariables(home.variables, subscribers[0]!.track?.last);
      void this.authoriser.authorise(client, home.live, asked, isObsolete, true).then(({ errors }) => {
        if (errors) for (const subscriber of subscribers) subscriber.fail(errors, 'access-lost');
      });
    }
  }

  /** A new supergraph: everybody goes on, unless the operation no longer fits. */
  private migrate(supergraph: Supergraph): void {
    for (const [key, shared] of [...this.shared]) {
      const original = this.prepareAgain(shared.original, supergraph);
      const live = original && this.liveOperation(original);
      if (!original || !live || 'errors' in live) {
        for (const { subscriber } of shared.subscribers()) subscriber.fail(INVALID, 'invalid');
      } else if (!shared.adopt(live)) {
        this.shared.delete(key); // the one that takes its place may have the same key
        this.move(shared, original, live);
      }
    }
  }

  private move(from: SharedSubscription, original: PreparedOperation, live: LiveOperation): void {
    const own = live.ownVariables(from.variables);
    for (const { subscriber, cursor } of from.subscribers()) {
      from.leave(subscriber);
      this.sharedFor(live, original, own, subscriber.client, from.isUndecided).join(
        subscriber,
        live.isResumable ? cursor : undefined,
      );
      if (!live.isResumable || cursor === undefined) SharedSubscription.tellInterrupted(subscriber);
    }
  }

  private prepareAgain(original: PreparedOperation, supergraph: Supergraph): PreparedOperation | undefined {
    try {
      const prepared = this.preparer.prepare(supergraph, {
        query: print(original.document),
        operationName: original.name,
      });
      return 'errors' in prepared ? undefined : prepared;
    } catch (error) {
      this.log.error({ err: error }, 'a live subscription could not be planned for the new supergraph');
      return undefined;
    }
  }

  private liveOperation(original: PreparedOperation): LiveOperation | { errors: Errors } {
    let live = this.liveOperations.get(original);
    if (!live) {
      live = LiveOperation.from(original, this.preparer);
      this.liveOperations.set(original, live);
    }
    return live;
  }

  /** Thousands of upstreams are lost together; one line tells of all of them. */
  private logLoss(error: unknown): void {
    const now = Date.now();
    if (now - this.lossLoggedAt < LOSS_LOG_MS) return;
    this.lossLoggedAt = now;
    this.log.warn({ err: error }, 'upstreams of subscriptions were lost; starting them again');
  }

  private masked(error: unknown, client: LiveClient): GraphQLFormattedError {
    const scope = { viewer: client.viewer, headers: this.options.headersFor(client), log: this.log };
    return publicError(error, { scope });
  }

  /** Ends what is left, as after a drain. */
  [Symbol.dispose](): void {
    this.stopWatching();
    clearInterval(this.ageing);
    this.clients[Symbol.dispose]();
    const away = [{ message: 'The gateway is shutting down.', extensions: { code: 'SERVICE_UNAVAILABLE' } }];
    for (const shared of [...this.shared.values()]) {
      for (const { subscriber } of shared.subscribers()) subscriber.fail(away, 'shutdown');
    }
  }
}
