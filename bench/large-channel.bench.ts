/**
 * The cost of a channel with many members in each process of the whole stack: all members in one page and in pages of a hundred, a message
 * without mentions, and one that mentions everybody. `--earlier <checkout>` adds the stack of another commit.
 */
import { EARLIER, OURS } from './harness/gateways';
import { comparisonOptions } from './harness/options';
import { CELLS, heading, table } from './harness/report';
import { COST_MEASURES, costOf } from './harness/request-cost';
import { interleave } from './harness/rounds';
import { request } from './load/follower';
import { openHttpSender } from './load/senders';
import { startMessageStack, type MessageStack } from './worlds/message-stack';

const MEMBERS =
  'query ($id: ID!, $first: Int!, $after: ID) { channel(id: $id) { members(first: $first, after: $after) { role user { id displayName } } } }';
const SEND = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id seq } }';
const PAGE = 100;

interface Page {
  channel: { members: { user: { id: string } }[] };
}

/** The bodies of the requests of each scene, to be sent in turn. */
async function scenesOf({ url, tokens, channels }: MessageStack, members: number): Promise<Record<string, string[]>> {
  const [id] = channels;
  const page = (first: number, after?: string) => ({ query: MEMBERS, variables: { id, first, after } });
  const pages = [];
  let after: string | undefined;
  while (pages.length * PAGE < members) {
    const body = page(PAGE, after);
    pages.push(JSON.stringify(body));
    after = (await request<Page>(url, MEMBERS, body.variables, tokens[0])).channel.members.at(-1)!.user.id;
  }
  const send = (body: string) =>
    JSON.stringify({
      query: SEND,
      variables: { input: { channelId: id, body: `${body} The minutes are in the wiki.` } },
    });
  return {
    'all members in one page': [JSON.stringify(page(members))],
    [`a page of ${PAGE} members`]: pages,
    'a message': [send('Hello.')],
    'a message to @channel': [send('@channel')],
  };
}

async function main(): Promise<void> {
  const { rounds, seconds, warmup, members, earlier, isChosen } = comparisonOptions({
    rounds: 3,
    seconds: 5,
    // Processes that are new spend a good part of their time in V8's compilers.
    warmup: 20,
    members: 1000,
  });
  await using parts = new AsyncDisposableStack();
  const open = async (name: string, checkout?: string) => {
    const stack = parts.use(await startMessageStack({ senders: members, channels: 1, checkout }));
    return { name, stack, scenes: await scenesOf(stack, members) };
  };
  const stacks = [await open(OURS), ...(earlier ? [await open(EARLIER, earlier)] : [])];
  const how =
    `A channel of ${members} members; one request after the other over HTTP, ${rounds} interleaved rounds of ${seconds} s after ${warmup} s ` +
    'of each to warm up. Servers and sender share all processors.';
  process.stdout.write(`${heading(`large channel: ${members} members`, how)}\n`);
  for (const scene of Object.keys(stacks[0]!.scenes).filter(isChosen)) {
    const run = async ({ stack, scenes }: (typeof stacks)[number], duration = seconds) => {
      await using sender = await openHttpSender(stack.url, stack.tokens[0]!);
      const bodies = scenes[scene]!;
      let next = 0;
      return await costOf(stack, duration, [() => sender.send(bodies[next++ % bodies.length]!)]);
    };
    for (const each of stacks) await run(each, warmup);
    const figures = await interleave(stacks, rounds, (each) => run(each));
    process.stdout.write(
      `### ${scene}\n\n${table(
        stacks.map(({ name }) => name),
        COST_MEASURES,
        figures,
      )}\n`,
    );
  }
  process.stdout.write(CELLS);
}

void main();
