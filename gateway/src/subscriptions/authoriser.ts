/** Asks the subgraph that owns a subscription's field whether a client may follow it. Decides nothing itself. */
import type { GraphQLFormattedError } from 'graphql';
import pLimit, { type Limit } from 'p-limit';
import { AUTHORIZED } from '@chat/kit/graphql/service';
import { primaryRequest, type Variables } from '../execution/executor';
import { publicError } from '../execution/public-error';
import type { LiveClient } from './live-client';
import type { LiveOperation } from './live-operation';
import type { Surroundings } from './shared-subscription';
import { backOff, classifyRefusal } from './upstream';

type Errors = readonly GraphQLFormattedError[];

/** What has become of a question. */
export interface Verdict {
  /** Why the client may not. */
  errors?: Errors;
  /** The subgraph cannot be asked: it decides when the upstream begins, and for whom it begins alone. */
  isUndecided?: boolean;
}

/** Why it is asked: a subscription starts, its client's access has changed, or nobody knows whose has. */
export type Reason = 'start' | 'changed' | 'everybody';

const ALLOWED: Verdict = {};
const UNDECIDED: Verdict = { isUndecided: true };

/** How long a subgraph that is away is waited for when a subscription starts, in milliseconds. */
const AUTHORISE_MS = 10_000;

/** How many questions for one reason a subgraph gets at once: thousands come up together, and all other requests have to get there, too. */
const QUESTIONS_AT_ONCE = 16;

export class Authoriser {
  /** By reason and subgraph: one that is away keeps no other waiting, and everybody keeps nobody waiting whose access has changed. */
  private readonly limits = new Map<string, Limit>();

  constructor(private readonly options: Pick<Surroundings, 'services' | 'headersFor' | 'log'>) {}

  /**
   * Asks the subgraph that owns the field whether the client may subscribe; asks again while it is away, for a while at the
   * start, and later as long as the subscription lives.
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
    const giveUpAt = Date.now() + AUTHORISE_MS;
    for (let attempt = 0; !isObsolete(); attempt++) {
      const version = client.accessVersion;
      const verdict = await this.limit(
        reason,
        subgraph,
      )(() => (isObsolete() ? ALLOWED : this.ask(client, subgraph, request)));
      const { errors } = verdict;
      // Who has lost access meanwhile is cut off, whatever has changed since; else what is older than a change says nothing.
      if (client.accessVersion !== version && !(errors && isPatient)) continue;
      if (!errors) return verdict;
      const refusal = classifyRefusal(errors);
      // A subgraph can be deployed before the supergraph that fits it: open subscriptions wait for that.
      const isAway = refusal === 'unavailable' || (isPatient && refusal === 'unfit');
      if (!isAway || (!isPatient && Date.now() > giveUpAt))
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
    try {
      const service = this.options.services().get(subgraph);
      if (!service) throw new Error(`No service is known for the subgraph ${subgraph}.`);
      const headers = this.options.headersFor(client);
      const { errors = [], extensions } = await service.authorize(request, { headers });
      if (extensions?.authorizeOnly !== AUTHORIZED.authorizeOnly) return UNDECIDED;
      return errors.length > 0 ? { errors } : ALLOWED;
    } catch (error) {
      this.options.log.warn({ err: error, subgraph }, 'a subgraph could not be asked whether a client may subscribe');
      const message = 'The subscription could not be checked.';
      return { errors: [{ message, extensions: { code: 'SERVICE_UNAVAILABLE' } }] };
    }
  }

  private limit(reason: Reason, subgraph: string): Limit {
    const key = `${reason} ${subgraph}`;
    const limit = this.limits.get(key) ?? pLimit(QUESTIONS_AT_ONCE);
    this.limits.set(key, limit);
    return limit;
  }

  private publicError(error: unknown, client: LiveClient): GraphQLFormattedError {
    const { headersFor, log } = this.options;
    return publicError(error, { scope: { viewer: client.viewer, headers: headersFor(client), log } });
  }
}
