/**
 * The cost of an acknowledged message in each process of the whole stack: gateway, messaging, identity, PostgreSQL and Redis. Senders
 * write into one channel and into many, over HTTP and over one WebSocket each. For comparison, in the same rounds, pgbench commits
 * single rows. Every commit is synced to disk. `--earlier <checkout>` adds the stack of another commit. `--profile <folder>` writes
 * processor profiles for Chrome's developer tools, which costs time itself.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openHttpSender, openSocketSender, type OpenSender } from './load/senders';
import { EARLIER, OURS } from './harness/gateways';
import { comparisonOptions } from './harness/options';
import { preparePgbench, type PgbenchFigures } from './harness/pgbench';
import { CELLS, heading, table, type Figures } from './harness/report';
import { COST_MEASURES, costOf, type CostMeasure } from './harness/request-cost';
import { interleave } from './harness/rounds';
import { startMessageStack, type MessageStack } from './worlds/message-stack';

const SEND = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id seq } }';
const BODY = 'Has anybody seen the minutes of the last meeting? I cannot find them where they should be.';
const PGBENCH = 'pgbench, one row a commit';

const TRANSPORTS: Record<string, OpenSender> = { HTTP: openHttpSender, WebSocket: openSocketSender };

async function main(): Promise<void> {
  const { rounds, seconds, warmup, senders, channels, earlier, values, isChosen } = comparisonOptions(
    // Processes that are new spend a good part of their time in V8's compilers.
    { rounds: 3, seconds: 5, warmup: 20, senders: 16, channels: 1000 },
    [
      [
        'profile',
        { type: 'string', value: 'FOLDER', description: 'writes a processor profile of each process of ours' },
      ],
    ],
  );
  const folder = values['profile'];
  await using stack = new AsyncDisposableStack();
  const open = async (name: string, checkout?: string) => ({
    name,
    stack: stack.use(await startMessageStack({ senders, channels, checkout })),
  });
  const stacks = [await open(OURS), ...(earlier ? [await open(EARLIER, earlier)] : [])];
  const { stack: ours } = stacks[0]!;
  const insert = await preparePgbench(ours, BODY);

  const scenes = Object.entries(TRANSPORTS).flatMap(([transport, openSender]) =>
    [1, channels].map((count) => ({
      name: `${transport}, ${count === 1 ? 'one channel' : `${count} channels`}`,
      openSender,
      count,
    })),
  );
  const how =
    `${senders} senders, each waiting for the answer before it sends again; ${rounds} interleaved rounds of ${seconds} s after ${warmup} s of each to warm up. ` +
    'Senders, all servers and pgbench share all processors. pgbench: prepared statements, as many clients as senders, a table with a primary key.';
  process.stdout.write(`${heading('messages: acknowledged sends through the whole stack', how)}\n`);
  for (const { name: scene, openSender, count } of scenes.filter(({ name }) => isChosen(name))) {
    const candidates = [
      ...stacks.map(({ name, stack: each }) => ({
        name,
        run: (duration: number) => sendFor(each, openSender, each.channels.slice(0, count), duration),
      })),
      { name: PGBENCH, run: (duration: number) => pgbench(ours, () => insert(senders, duration)) },
    ];
    for (const { run } of candidates) await run(warmup);
    if (folder) await Promise.all(Object.values(ours.nodes).map((node) => node.call('startProfile')));
    const figures = await interleave(candidates, rounds, ({ run }) => run(seconds));
    if (folder) await writeProfiles(ours, join(folder, scene));
    process.stdout.write(
      `### ${scene}\n\n${table(
        candidates.map(({ name }) => name),
        COST_MEASURES,
        figures,
      )}\n`,
    );
  }
  process.stdout.write(CELLS);
}

async function writeProfiles({ nodes }: MessageStack, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, node] of Object.entries(nodes)) await node.call('stopProfile', join(folder, `${name}.cpuprofile`));
}

async function sendFor(
  stack: MessageStack,
  openSender: OpenSender,
  channels: readonly string[],
  seconds: number,
): Promise<Figures<CostMeasure>> {
  await using connections = new AsyncDisposableStack();
  const opened = await Promise.all(stack.tokens.map((token) => openSender(stack.url, token)));
  for (const sender of opened) connections.use(sender);
  const bodies = channels.map((channelId) =>
    JSON.stringify({ query: SEND, variables: { input: { channelId, body: BODY } } }),
  );
  return await costOf(
    stack,
    seconds,
    opened.map((sender, index) => {
      let next = index;
      return async () => {
        await sender.send(bodies[next % bodies.length]!);
        next += opened.length;
      };
    }),
  );
}

async function pgbench(stack: MessageStack, insert: () => Promise<PgbenchFigures>): Promise<Figures<CostMeasure>> {
  const before = stack.cpuSeconds().PostgreSQL;
  const { rows, perSecond, p50, p99, clientSeconds } = await insert();
  const each = (cpuSeconds: number) => (cpuSeconds / rows) * 1e6;
  const PostgreSQL = each(stack.cpuSeconds().PostgreSQL - before);
  const absent = { gateway: NaN, messaging: NaN, identity: NaN, Redis: NaN };
  return { perSecond, p50, p99, all: PostgreSQL, ...absent, PostgreSQL, senders: each(clientSeconds) };
}

void main();
