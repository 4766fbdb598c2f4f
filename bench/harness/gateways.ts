/** The gateways under test and their start commands, each in its own process over the fixture subgraphs. */
import { existsSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { REPOSITORY } from '@chat/kit/testing/test-process';
import type { Fixture } from '../fixtures/start';
import { BenchProcess, type Side } from './bench-process';

export interface StartedGateway {
  name: string;
  process: BenchProcess;
  /** The URL of its GraphQL endpoint: `http://…/graphql`. */
  url: string;
}

export const OURS = 'ours';

/** Our gateway of another commit, from the checkout that `--earlier` names. */
export const EARLIER = 'ours, earlier commit';

interface Peer {
  /** A script in bench/peers. */
  script: string;
  /** The package that must be installed there. */
  needs?: string;
  env?: Record<string, string>;
}

export type PeerName =
  | 'hand-written aggregator'
  | '@apollo/gateway'
  | 'Mercurius'
  | 'Hive Gateway'
  | 'Hive Gateway, router-runtime'
  | 'bare ws'
  | 'bare ws, coalesced'
  | 'Colyseus';

const PEERS: Readonly<Record<PeerName, Peer>> = {
  'hand-written aggregator': { script: 'aggregator.mjs' },
  '@apollo/gateway': { script: 'apollo.mjs' },
  Mercurius: { script: 'mercurius.mjs', needs: '@mercuriusjs/gateway' },
  'Hive Gateway': { script: 'hive.mjs', needs: '@graphql-hive/gateway-runtime' },
  'Hive Gateway, router-runtime': {
    script: 'hive.mjs',
    needs: '@graphql-hive/router-runtime',
    env: { PLANNER: 'router-runtime' },
  },
  'bare ws': { script: 'broadcast.mjs', env: { WRITES: 'single' } },
  'bare ws, coalesced': { script: 'broadcast.mjs', env: { WRITES: 'coalesced' } },
  Colyseus: { script: 'colyseus.mjs', needs: '@colyseus/core' },
};

/** The available ones of `names`; prints how to install the others. */
export function installed(names: readonly PeerName[]): PeerName[] {
  const isThere = (name: PeerName) => {
    const { needs } = PEERS[name];
    return !needs || existsSync(join(REPOSITORY, 'bench/peers/node_modules', needs));
  };
  const missing = names.filter((name) => !isThere(name));
  if (missing.length > 0) {
    process.stderr.write(`Left out: ${missing.join(', ')}. To install them: npm ci --prefix bench/peers\n`);
  }
  return names.filter(isThere);
}

/** A gateway over the fixture's subgraphs, with a processor of its own. */
export function startPeer(name: PeerName, { urls, supergraphPath }: Fixture): Promise<StartedGateway> {
  const SUBGRAPHS = JSON.stringify(Object.entries(urls).map(([subgraph, url]) => ({ name: subgraph, url })));
  return startPeerWith(name, { SUPERGRAPH_PATH: supergraphPath, SUBGRAPHS }, 'measured');
}

export async function startPeerWith(
  name: PeerName,
  variables: Record<string, string>,
  side: Side,
): Promise<StartedGateway> {
  const { script, env } = PEERS[name];
  const started = new BenchProcess({ args: [`bench/peers/${script}`], side, env: { ...variables, ...env } });
  const [, url] = await started.waitFor(/listening at (\S+)/);
  return { name, process: started, url: url! };
}

export interface OursOptions {
  env?: Record<string, string>;
  /** The folder of another commit with its dependencies installed (`git worktree add`, `npm ci`); its gateway is {@link EARLIER}. */
  checkout?: string;
  /** Default: a processor of its own. */
  side?: Side;
}

/** Ours: without Redis and tokens, without the limits that the load would reach, and with as little logging as the peers. */
export async function startOurs(
  { supergraphPath }: Pick<Fixture, 'supergraphPath'>,
  { env = {}, checkout, side = 'measured' }: OursOptions = {},
): Promise<StartedGateway> {
  const port = await freePort();
  const started = new BenchProcess({
    args: ['gateway/src/main.ts'],
    side,
    env: {
      SUPERGRAPH_PATH: supergraphPath,
      PORT: String(port),
      RATE_LIMIT_PER_MINUTE: '0',
      LIVE_CONNECTIONS_PER_USER: '0',
      LIVE_CONNECTIONS_PER_ADDRESS: '0',
      LOG_LEVEL: 'warn',
      ...env,
    },
    ...(checkout && { cwd: checkout }),
  });
  const url = `http://127.0.0.1:${port}/graphql`;
  await untilServing(url, started);
  return { name: checkout ? EARLIER : OURS, process: started, url };
}

async function untilServing(url: string, started: BenchProcess): Promise<void> {
  const request = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"query":"{ __typename }"}',
  };
  let hasEnded = false;
  void started.exited.then(() => (hasEnded = true));
  for (const giveUpAt = Date.now() + 120_000; Date.now() < giveUpAt && !hasEnded;) {
    const response = await fetch(url, request).catch(() => undefined); // until it listens
    if (response?.ok) return;
    await delay(100);
  }
  throw new Error(`The gateway does not serve:\n${started.output.slice(-2000)}`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
