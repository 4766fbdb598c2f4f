/** Asks the owning subgraph whether a client may subscribe to a field. Makes no decision of its own. */
import type { GraphQLFormattedError } from 'graphql';
import pLimit, { type Limit } from 'p-limit';
import { AUTHORIZED } from '@chat/kit/graphql/service';
import { primaryRequest, type Variables } from '../execution/executor';
import { publicError } from '../execution/public-error';
import type { LiveClient } from './live-client';
import type { LiveOperation } from './live-operation';
import type { SubscriptionDeps } from './subscription-deps';
import { backOff, classifyRefusal } from './upstream';

type Errors = readonly GraphQLFormattedError[];

/** The outcome of an authorisation. */
export interface Verdict {
  /** The errors that refuse the client. */
  errors?: Errors;
  /** The subgraph cannot be asked beforehand. It decides when the upstream begins, so this viewer needs its own upstream. */
  isUndecided?: boolean;
  /** Time at which the check was sent, by `performance.now()`; absent if none was needed. */
  sentAt?: number;
}

/** Why access is checked: a subscription starts, the client's access changed, or any client's access may have changed. */
export type Reason = 'start' | 'changed' | 'everybody';

const ALLOWED: Verdict = {};
const UNDECIDED: Verdict = { isUndecided: true };

/** How long the start of a subscription waits for an unavailable subgraph, in milliseconds. */
const AUTHORISE_MS = 10_000;

/**
 * Concurrent checks by reason, for each subgraph. Thousands become due together and must leave room for other requests. Clients wait for
 * those at the start, and a subgraph reads the access of all that come at once by one statement.
 */
const CONCURRENT_CHECKS: Readonly<Record<Reason, number>> = { start: 128, changed: 16, everybody: 16 };

export class Authoriser {
  /** By reason and subgraph: an unavailable subgraph does not delay others, and a check of all clients does not delay urgent ones. */
  private readonly limits = new Map<string, Limit>();

  constructor(private readonly options: Pick<SubscriptionDeps, 'services' | 'headersFor' | 'log'>) {}

  /**
   * Asks the owning subgraph whether the client may subscribe. Retries while the subgraph is unavailable: for {@link AUTHORISE_MS} at
   * the start, and without limit for an open subscription. Resolves as allowed if `isObsolete` becomes true.
   */
  async authorise(
    client: LiveClient,
    live: LiveOperation,
    variables: Variables,
    isObsolete: () => boolean,
    reason: Reason,
  ): Promise<Verdict> {
    const { subgraph, request } = primaryRequest(live.prepared, variables);
    const isPatient = reason !== 'start';
    const giveUpAt = performance.now() + AUTHORISE_MS;
    for (let attempt = 0; !isObsolete(); attempt++) {
      const version = client.accessVersion;
      const verdict = await this.limit(
        reason,
        subgraph,
      )(() => (isObsolete() ? ALLOWED : this.ask(client, subgraph, request)));
      const { errors } = verdict;
      // A refusal of an open subscription counts even if access changed meanwhile. Any other verdict from before a change is void.
      if (client.accessVersion !== version && !(errors && isPatient)) continue;
      if (!errors) return verdict;
      const refusal = classifyRefusal(errors);
      // A subgraph can be deployed before the supergraph that matches it. Open subscriptions wait for the supergraph.
      const isAway = refusal === 'unavailable' || (isPatient && refusal === 'unfit');
      if (!isAway || (!isPatient && performance.now() > giveUpAt))
        return { errors: errors.map((error) => this.publicError(error, client)) };
      await backOff(Math.min(attempt, 3));
    }
    return ALLOWED;
  }

  private async ask(
    client: LiveClient,
    subgraph: string,
    request: ReturnType<typeof primaryRequest>['request'],
  ): Promise<Verdict> {
    const sentAt = performance.now();
    try {
      const service = this.options.services().get(subgraph);
      if (!service) throw new Error(`The subgraph ${subgraph} has no service.`);
      const headers = this.options.headersFor(client);
      const { errors = [], extensions } = await service.authorize(request, { headers });
      if (extensions?.authorizeOnly !== AUTHORIZED.authorizeOnly) return UNDECIDED;
      return errors.length > 0 ? { errors } : { sentAt };
    } catch (error) {
      this.options.log.warn({ err: error, subgraph }, 'authorisation request to a subgraph failed');
      const message = 'The subscription could not be authorised.';
      return { errors: [{ message, extensions: { code: 'SERVICE_UNAVAILABLE' } }] };
    }
  }

  private limit(reason: Reason, subgraph: string): Limit {
    const key = `${reason} ${subgraph}`;
    const limit = this.limits.get(key) ?? pLimit(CONCURRENT_CHECKS[reason]);
    this.limits.set(key, limit);
    return limit;
  }

  private publicError(error: unknown, client: LiveClient): GraphQLFormattedError {
    const { headersFor, log } = this.options;
    return publicError(error, { scope: { viewer: client.viewer, headers: headersFor(client), log } });
  }
}
