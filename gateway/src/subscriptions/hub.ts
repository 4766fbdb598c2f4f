/**
 * Subscriptions of any supergraph, shared: who asks for the same is served by one upstream and one execution per event,
 * and each is authorised on its own, at the start and whenever its access may have changed. Knows no transport.
 */
import type { GraphQLFormattedError } from 'graphql';
import { withCorrelation, type Logger } from '@chat/kit/logging';
import type { TraceContext } from '../execution/execution-scope';
import type { Variables } from '../execution/executor';
import { publicError } from '../execution/public-error';
import type { PreparedOperation } from '../planning/prepared-operation';
import type { SupergraphSource } from '../supergraph/source';
import { Authoriser, type Reason } from './authoriser';
import { EntityBatches } from './entity-batches';
import type { LiveClient } from './live-client';
import { LiveClients } from './live-clients';
import type { SharedSubscription, Surroundings } from './shared-subscription';
import { INVALID, SharedSubscriptions } from './shared-subscriptions';
import type { LiveSubscription, Sink } from './sink';
import { Subscriber, type EndReason } from './subscriber';

export interface HubOptions extends Omit<Surroundings, 'entities' | 'onUpstreamLost'> {
  source: SupergraphSource;
  /** The most subscriptions that one connection may hold. */
  maxSubscriptionsPerClient: number;
  /** Runs the start of a subscription in a span; absent where nothing is traced. */
  trace?: (operation: { kind: string; name?: string; trace?: TraceContext }, start: Start) => ReturnType<Start>;
}

/** Lets a subscription in, or says why not. */
type Start = () => Promise<{ errors?: Errors }>;

type Errors = readonly GraphQLFormattedError[];

const LOSS_LOG_MS = 5_000;

/** When access that has changed is asked about again, in milliseconds: after what subgraphs may remember, within the promised second. */
const SECOND_LOOK_MS = 600;

export class SubscriptionHub implements Disposable {
  readonly clients = new LiveClients();
  private readonly shared: SharedSubscriptions;
  private readonly authoriser: Authoriser;
  private readonly log: Logger;
  /** Clients whose access is being asked about again. */
  private readonly askedAbout = new Set<LiveClient>();
  private lossLoggedAt = 0;

  constructor(private readonly options: HubOptions) {
    this.log = options.log;
    this.authoriser = new Authoriser(options);
    const entities = new EntityBatches(options.services);
    const onUpstreamLost = (error: unknown) => this.logLoss(error);
    this.shared = new SharedSubscriptions(options.source, { ...options, entities, onUpstreamLost });
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
      (trace ? trace({ kind, name, trace: client.trace }, start) : start()).then(
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
    if (isRenewed) void this.recheckClient(client, 'changed');
    return isRenewed;
  }

  /**
   * Call it when an account's access may have changed; without `userId`, when anybody's may have.
   * Asks twice: subgraphs hear of the change at their own pace, and the first question may overtake it.
   */
  recheck(userId?: string): void {
    const reason = userId === undefined ? 'everybody' : 'changed';
    const ask = () => {
      for (const client of this.clients.of(userId)) void this.recheckClient(client, reason);
    };
    ask();
    setTimeout(ask, SECOND_LOOK_MS).unref();
  }

  /** For as long as nobody tells of changes: asks about everybody, but for those about whom the last question is still open. */
  recheckIdle(): void {
    for (const client of this.clients.of()) {
      if (!this.askedAbout.has(client)) void this.recheckClient(client, 'everybody');
    }
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
    const live = this.shared.operation(original);
    if ('errors' in live) return live.errors;
    const own = live.ownVariables(variables);
    const cursor = live.cursorGiven(variables);
    const asked = live.upstreamVariables(own, cursor);
    const { errors, isUndecided } = await this.authoriser.authorise(
      client,
      live,
      asked,
      () => subscriber.isEnded,
      'start',
    );
    if (errors || subscriber.isEnded) return errors;
    if (live.prepared.supergraph !== this.options.source.current) {
      const current = this.shared.prepareAgain(original);
      return current ? this.admit(subscriber, current, variables) : INVALID;
    }
    this.shared.for(live, original, own, client, isUndecided).join(subscriber, cursor);
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

  /** One question for each distinct subscription of the client; those that are still open from before are given up. */
  private async recheckClient(client: LiveClient, reason: Reason): Promise<void> {
    const version = ++client.accessVersion;
    const byHome = new Map<SharedSubscription, Subscriber[]>();
    for (const subscriber of client.subscribers) {
      // Who is being authorised will be asked about again; of who is another subgraph's to judge nobody can be asked.
      if (!subscriber.home || subscriber.home.isUndecided) continue;
      const together = byHome.get(subscriber.home);
      if (together) together.push(subscriber);
      else byHome.set(subscriber.home, [subscriber]);
    }
    const asking = [...byHome].map(async ([home, subscribers]) => {
      const isObsolete = () => client.accessVersion !== version || subscribers.every(({ isEnded }) => isEnded);
      const asked = home.live.upstreamVariables(home.variables, subscribers[0]!.track?.last);
      const { errors } = await this.authoriser.authorise(client, home.live, asked, isObsolete, reason);
      if (errors) for (const subscriber of subscribers) subscriber.fail(errors, 'access-lost');
    });
    this.askedAbout.add(client);
    await Promise.all(asking);
    this.askedAbout.delete(client);
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
    this.clients[Symbol.dispose]();
    this.shared[Symbol.dispose]();
  }
}
