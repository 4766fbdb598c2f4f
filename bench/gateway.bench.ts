/**
 * The cost of a federated query in the gateway: history of 50 messages with their authors, from two subgraphs, through
 * ours, stock @apollo/gateway, Mercurius, Hive Gateway and a hand-written aggregator. Measuring starts when all candidates
 * have given the same answer. `--only aggregator,Mercurius` selects peers by words in their names. `--earlier <checkout>`
 * adds our gateway of another commit.
 */
import { isDeepStrictEqual } from 'node:util';
import { startFixture } from './fixtures/start';
import { EARLIER, installed, OURS, startOurs, startPeer, type StartedGateway } from './harness/gateways';
import { HTTP_MEASURES, measureHttp } from './harness/http-load';
import { comparisonOptions } from './harness/options';
import { CELLS, heading, table } from './harness/report';
import { interleave } from './harness/rounds';

const query = `query History($channelId: ID!, $last: Int!) {
  messages(channelId: $channelId, last: $last) {
    edges { cursor node { id seq text sentAt author { id displayName avatarUrl } } }
    pageInfo { hasPreviousPage startCursor }
  }
}`;

/** Channels that each connection reads in turn. */
const CHANNELS = 8;

async function main(): Promise<void> {
  const defaults = { rounds: 4, seconds: 3, connections: 32, warmup: 3000 };
  const { rounds, seconds, connections, warmup, earlier, isChosen } = comparisonOptions(defaults);
  await using stack = new AsyncDisposableStack();
  const fixture = stack.use(await startFixture());
  const peers = installed([
    'hand-written aggregator',
    '@apollo/gateway',
    'Mercurius',
    'Hive Gateway',
    'Hive Gateway, router-runtime',
  ]).filter(isChosen);
  const gateways = [await startOurs(fixture)];
  if (earlier) gateways.push(await startOurs(fixture, { checkout: earlier }));
  for (const name of peers) gateways.push(await startPeer(name, fixture));
  for (const gateway of gateways) stack.use(gateway.process);

  const bodies = Array.from({ length: connections }, (_, connection) =>
    Array.from({ length: CHANNELS }, (__, channel) =>
      JSON.stringify({ query, variables: { channelId: `channel-${connection}-${channel}`, last: 50 } }),
    ),
  );
  for (const body of bodies.flat()) await requireEqualAnswers(gateways, body);
  const load = { bodies };
  for (const gateway of gateways) await measureHttp(gateway, load, { amount: warmup });
  const figures = await interleave(gateways, rounds, (gateway) => measureHttp(gateway, load, { duration: seconds }));

  const how =
    `${connections} connections with ${CHANNELS} channels each, ${rounds} interleaved rounds of ${seconds} s after ${warmup} requests to warm up; the gateway ` +
    'on a processor of its own, subgraphs (which answer from memory) and load on the other. Processor time is that of the gateway’s process.';
  const names = [OURS, ...(earlier ? [EARLIER] : []), ...peers];
  process.stdout.write(
    `${heading('gateway: history of 50 messages with authors', how)}\n${table(names, HTTP_MEASURES, figures)}\n${CELLS}`,
  );
}

async function requireEqualAnswers(gateways: readonly StartedGateway[], body: string): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answers = await Promise.all(
    gateways.map(async ({ url }) => (await fetch(url, { method: 'POST', headers, body })).json()),
  );
  gateways.forEach(({ name }, index) => {
    if (!isDeepStrictEqual(answers[index], answers[0])) {
      throw new Error(`${name} gives another answer: ${JSON.stringify(answers[index]).slice(0, 500)}`);
    }
  });
}

void main();
