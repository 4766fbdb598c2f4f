/**
 * Shared subscriptions over any supergraph. Subscribers of equal operations share one upstream and one execution per event. Each is
 * authorised on its own when it subscribes and whenever its access may have changed. Knows no transport.
 */
import type { GraphQLFormattedError } from 'graphql';
import { withCorrelation, type Logger } from '@chat/kit/logging';
import type { TraceContext } from '../execution/execution-scope';
import type { Variables } from '../execution/executor';
import { publicError } from '../execution/public-error';
import type { PreparedOperation } from '../planning/prepared-operation';
import type { SupergraphSource } from '../supergraph/source';
import { Authoriser, type Reason } from './authoriser';
import type { ClientSubscription, SharedOperation } from './client-subscription';
import { EntityBatches } from './entity-batches';
import type { LiveClient } from './live-client';
import { LiveClients } from './live-clients';
import { INVALID, SharedSubscriptions } from './shared-subscriptions';
import { RepeatedResults } from './repeated-results';
import type { LiveSubscription, Sink } from './sink';
import { Subscriber } from './subscriber';
import type { SubscriptionDeps } from './subscription-deps';
import type { EndReason } from './subscription-state';

export interface HubOptions extends Omit<SubscriptionDeps, 'entities' | 'repeated' | 'onUpstreamLost'> {
  source: SupergraphSource;
  /** Limit of one client connection. */
  maxSubscriptionsPerClient: number;
  /** Runs the start of a subscription in a span; absent without tracing. */
  trace?: (operation: { kind: string; name?: string; trace?: TraceContext }, start: Start) => ReturnType<Start>;
}

/** Admits a subscription, or resolves to the errors that refuse it. */
type Start = () => Promise<{ errors?: Errors }>;

type Errors = readonly GraphQLFormattedError[];

/** Pause between two log lines about lost upstreams, in milliseconds. */
const LOSS_LOG_MS = 5_000;

/** When changed access is checked a second time, in milliseconds: after subgraph caches expire, within the promised second. */
const SECOND_CHECK_MS = 600;

/**
 * How often access is checked at the start of a subscription if each check is too old when its answer comes, because the subgraph takes
 * longer than a check is valid without notifications. More checks would keep it slow.
 */
const MAX_CHECKS = 5;

/** Refuses a subscription after {@link MAX_CHECKS}, as if the subgraph were unavailable: events must not go to a client without access. */
const UNCONFIRMED: Errors = [
  {
    message: 'Access cannot be confirmed at the moment. Try again later.',
    extensions: { code: 'SERVICE_UNAVAILABLE' },
  },
];

export class SubscriptionHub implements Disposable {
  readonly clients = new LiveClients();
  private readonly shared: SharedSubscriptions;
  private readonly authoriser: Authoriser;
  private readonly log: Logger;
  /** Clients with a recheck in flight. */
  private readonly rechecking = new Set<LiveClient>();
  private lossLoggedAt = -Infinity;

  constructor(private readonly options: HubOptions) {
    this.log = options.log;
    this.authoriser = new Authoriser(options);
    const entities = new EntityBatches(options.services);
    const onUpstreamLost = (error: unknown) => this.logLoss(error);
    const repeated = new RepeatedResults();
    this.shared = new SharedSubscriptions(options.source, { ...options, entities, repeated, onUpstreamLost });
  }

  /**
   * Starts a subscription on behalf of `client`. Refusals go to `sink.error`. `original` must be valid and within the limits, and
   * `variables` coerced for it. `onLeft` is called if it ends because its client left or was too slow.
   */
  subscribe(
    client: LiveClient,
    original: PreparedOperation,
    variables: Variables,
    sink: Sink,
    onLeft?: () => void,
  ): LiveSubscription {
    const { metrics, maxSubscriptionsPerClient } = this.options;
    const isOverLimit = client.subscriptions.size >= maxSubscriptionsPerClient;
    metrics.subscriptions.inc();
    const { name, kind } = original;
    const subscriber = new Subscriber(client, name, sink, onLeft ? this.onEndThen(onLeft) : this.onEnd);
    if (isOverLimit) {
      const message = `A connection may hold ${maxSubscriptionsPerClient} subscriptions.`;
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

  /** Takes over a new token and rechecks all subscriptions of the client. @returns false if it is another account's. */
  renew(client: LiveClient, viewer: NonNullable<LiveClient['viewer']>): boolean {
    if (client.hasLogin(viewer)) return true;
    const isRenewed = this.clients.renew(client, viewer);
    if (isRenewed) void this.recheckClient(client, 'changed');
    return isRenewed;
  }

  /**
   * Rechecks the subscriptions of an account if its access may have changed; of all accounts without `userId`.
   * Checks twice: the first check may reach a subgraph before the change does.
   */
  recheck(userId?: string): void {
    const reason = userId === undefined ? 'everybody' : 'changed';
    const check = () => {
      for (const client of this.clients.of(userId)) void this.recheckClient(client, reason);
    };
    check();
    setTimeout(check, SECOND_CHECK_MS).unref();
  }

  /**
   * Rechecks all clients except those with a recheck in flight. Polled while change notifications are unavailable. Checks at the start of
   * subscriptions stay valid for a while if the client has no other: their age is known, so later events wait for the next poll.
   */
  recheckIdle(): void {
    for (const client of this.clients.of()) {
      const hasOpen = [...client.subscriptions].some(({ shared }) => shared);
      if (hasOpen && !this.rechecking.has(client)) void this.recheckClient(client, 'everybody');
    }
  }

  /** Pause between two calls of {@link recheckIdle}, in milliseconds; longer with more clients, to leave subgraphs room for other requests. */
  get recheckPauseMs(): number {
    return Math.min(Math.max(this.clients.size / 10, 250), 1_000);
  }

  /** Ends every subscription of a revoked session. */
  endSession(sessionId: string): void {
    this.clients.endSession(sessionId);
  }

  /** @param checks so far. @returns the errors that refuse the subscription, or undefined. */
  private async admit(
    subscriber: Subscriber,
    original: PreparedOperation,
    variables: Variables,
    checks = 0,
  ): Promise<Errors | undefined> {
    const { client } = subscriber;
    if (original.makePlans) await this.shared.makePlans(original, variables);
    const live = this.shared.operation(original);
    if ('errors' in live) return live.errors;
    const own = live.ownVariables(variables);
    const cursor = live.cursorGiven(variables);
    const asked = live.upstreamVariables(own, cursor);
    const { errors, isUndecided, sentAt } = await this.authoriser.authorise(
      client,
      live,
      asked,
      () => subscriber.isEnded,
      'start',
    );
    if (errors || subscriber.isEnded) return errors;
    if (sentAt !== undefined) {
      subscriber.access.allow(sentAt);
      // Polls leave this check valid, and the events that it may receive at once are not held.
      const event = { arrivedAt: performance.now() };
      const isTooOld = subscriber.access.mustHold(event, this.options.accessReceivedUntil());
      if (isTooOld && checks + 1 === MAX_CHECKS) return UNCONFIRMED;
      if (isTooOld) return this.admit(subscriber, original, variables, checks + 1);
    }
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

  private onEndThen(onLeft: () => void): typeof this.onEnd {
    return (subscriber, reason) => {
      this.onEnd(subscriber, reason);
      if (reason === 'cancelled' || reason === 'slow') onLeft();
    };
  }

  /** Checks each distinct operation of the client once. A newer recheck makes an older one obsolete. */
  private async recheckClient(client: LiveClient, reason: Reason): Promise<void> {
    const version = ++client.accessVersion;
    const byOperation = new Map<SharedOperation, ClientSubscription[]>();
    for (const subscription of client.subscriptions) {
      const { shared } = subscription;
      shared?.refreshRoles();
      // A subscription being authorised notices the new version itself; an undecided one cannot be checked.
      if (!shared || shared.isUndecided) continue;
      shared.doubt(subscription);
      const group = byOperation.get(shared);
      if (group) group.push(subscription);
      else byOperation.set(shared, [subscription]);
    }
    const checks = [...byOperation].map(async ([{ live, variables }, group]) => {
      const isObsolete = () => client.accessVersion !== version || group.every(({ isEnded }) => isEnded);
      const asked = live.upstreamVariables(variables, group[0]!.position);
      const { errors, sentAt } = await this.authoriser.authorise(client, live, asked, isObsolete, reason);
      for (const subscription of group) {
        if (errors) subscription.fail(errors, 'access-lost');
        else if (sentAt !== undefined) subscription.access.allow(sentAt);
      }
    });
    this.rechecking.add(client);
    await Promise.all(checks);
    this.rechecking.delete(client);
  }

  /** Thousands of upstreams are lost at once; one line covers them. */
  private logLoss(error: unknown): void {
    const now = performance.now();
    if (now - this.lossLoggedAt < LOSS_LOG_MS) return;
    this.lossLoggedAt = now;
    this.log.warn({ err: error }, 'upstreams were lost; resuming them');
  }

  private masked(error: unknown, client: LiveClient): GraphQLFormattedError {
    const scope = { viewer: client.viewer, headers: this.options.headersFor(client), log: this.log };
    return publicError(error, { scope });
  }

  /** Ends the remaining subscriptions, as after a drain. */
  [Symbol.dispose](): void {
    this.clients[Symbol.dispose]();
    this.shared[Symbol.dispose]();
  }
}
