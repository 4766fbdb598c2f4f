/** The whole system in one process: servers, subgraphs and the gateway, which calls the subgraphs by function. */
import { createGateway } from '@chat/gateway';
import { createIdentity } from '@chat/identity';
import type { Subgraph } from '@chat/kit/graphql/subgraph';
import { createLogger } from '@chat/kit/logging';
import type { StandaloneConfig } from './config';
import { startEmbeddedServices } from './embedded-services';
import { publicAddress } from './public-address';
import { createSubgraphs } from './subgraphs';

export interface Standalone extends AsyncDisposable {
  /** The address for clients: `http://host:port/graphql`. */
  url: string;
  /**
   * Settles when the database is migrated; until then, requests get SERVICE_UNAVAILABLE. If this start has created the
   * administrator, resolves to its login. The password is not shown again.
   */
  ready: Promise<{ username: string; password: string } | undefined>;
}

/** Resolves when the gateway listens. If a part cannot start, the parts before it are stopped. */
export async function startStandalone(given: StandaloneConfig): Promise<Standalone> {
  const log = createLogger('standalone', given.LOG_LEVEL);
  await using parts = new AsyncDisposableStack();

  const address = await publicAddress(given);
  const surroundings = parts.use(await startEmbeddedServices(given, log));
  const config = { ...given, ...surroundings, ...address };

  const identity = parts.use(await createIdentity(config));
  const subgraphs: Subgraph[] = [identity];
  for (const create of createSubgraphs) subgraphs.push(parts.use(await create(config, { others: subgraphs })));
  const { introspectToken, endedSessions, changedRoles } = identity;
  const gateway = parts.use(await createGateway(config, { subgraphs, introspectToken, endedSessions, changedRoles }));

  const running = parts.move();
  const ending = new Promise<never>(() => undefined);
  const prepare = async () => {
    await Promise.all(subgraphs.map((subgraph) => subgraph.ready()));
    return identity.ensureAdministrator();
  };
  let isEnding = false;
  return {
    url: gateway.url,
    // Disposal interrupted the wait: neither success nor failure.
    ready: prepare().catch((error: unknown) => (isEnding ? ending : Promise.reject(error as Error))),
    [Symbol.asyncDispose]() {
      isEnding = true;
      return running.disposeAsync();
    },
  };
}
