/** Asks the subgraph that owns a subscription's field whether a client may follow it. Decides nothing itself. */
import type { GraphQLFormattedError } from 'graphql';
import { primaryRequest, type Variables } from '../execution/executor';
import { publicError } from '../execution/public-error';
import type { LiveClient } from './live-client';
import type { LiveOperation } from './live-operation';
import type { Surroundings } from './shared-subscription';
import { backOff, classifyRefusal } from './upstream';

type Errors = readonly GraphQLFormattedError[];

/** How long a subgraph that is away is waited for when a subscription starts, in milliseconds. */
const AUTHORISE_MS = 10_000;

export class Authoriser {
  constructor(private readonly options: Pick<Surroundings, 'services' | 'headersFor' | 'log'>) {}

  /**
   * Asks the subgraph that owns the field whether the client may subscribe; asks again while it is away, for a while at the
   * start, and as long as the subscription lives where `isPatient`. @returns why not, or undefined.
   */
  async authorise(
    client: LiveClient,
    live: LiveOperation,
    variables: Variables,
    isObsolete: () => boolean,
    isPatient = false,
  ): Promise<Errors | undefined> {
    const { subgraph, request } = primaryRequest(live.prepared, variables);
    const giveUpAt = Date.now() + AUTHORISE_MS;
    for (let attempt = 0; !isObsolete(); attempt++) {
      const version = client.accessVersion;
      const errors = await this.ask(client, subgraph, request);
      if (client.accessVersion !== version) continue;
      if (!errors) return undefined;
      const isAway = classifyRefusal(errors, isPatient) === 'unavailable';
      if (!isAway || (!isPatient && Date.now() > giveUpAt))
        return errors.map((error) => this.publicError(error, client));
      await backOff(Math.min(attempt, 3));
    }
    return undefined;
  }

  private async ask(
    client: LiveClient,
    subgraph: string,
    request: ReturnType<typeof primaryRequest>['request'],
  ): Promise<Errors | undefined> {
    try {
      const service = this.options.services().get(subgraph);
      if (!service) throw new Error(`No service is known for the subgraph ${subgraph}.`);
      const { errors } = await service.authorize(request, { headers: this.options.headersFor(client) });
      return errors && errors.length > 0 ? errors : undefined;
    } catch (error) {
      this.options.log.warn({ err: error, subgraph }, 'a subgraph could not be asked whether a client may subscribe');
      return [{ message: 'The subscription could not be checked.', extensions: { code: 'SERVICE_UNAVAILABLE' } }];
    }
  }

  private publicError(error: unknown, client: LiveClient): GraphQLFormattedError {
    const { headersFor, log } = this.options;
    return publicError(error, { scope: { viewer: client.viewer, headers: headersFor(client), log } });
  }
}
