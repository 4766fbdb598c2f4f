/**
 * Read latency as the tables grow: pages of history, threads, pins, unread counts, searches and resumed streams, each
 * through the whole subgraph, at several sizes of the same tables. Also prints PostgreSQL's plans of the statements; the bench
 * fails if one of them scans a large table sequentially.
 */
import { openClient } from '@chat/kit/database/open-client';
import { encodeCursor, streamCursor } from '@chat/kit/graphql/cursor';
import { startMessagingFixture, type MessagingFixture } from './fixtures/messaging';
import { numberOptions } from './harness/options';
import { loadAutoExplain, PlanLog, readWhole } from './harness/plans';
import { heading } from './harness/report';
import { HistoryWorld, WORDS } from './worlds/history-world';

const PAGE = `query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) { channel(id: $id) {
  messages(first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { id seq body createdAt author { id } reactions { emoji count viewerReacted } } } pageInfo { startCursor endCursor } } } }`;
const THREAD =
  'query ($id: ID!) { message(id: $id) { replies(first: 50) { edges { node { id seq body author { id } } } } } }';
const PINS = 'query ($id: ID!) { channel(id: $id) { pinnedMessages { id body } } }';
const UNREAD = 'query { channels(first: 50) { edges { node { id viewerMembership { unreadCount mentionCount } } } } }';
const SEARCH = `query ($query: String!, $channelId: ID) { searchMessages(query: $query, channelId: $channelId, first: 20) {
  edges { node { snippet message { id body createdAt } } } } }`;
const RESUME =
  'subscription ($id: ID!, $after: String) { channelEvents(channelId: $id, after: $after) { cursor ... on MessageAdded { message { id body } } } }';
const INBOX = 'subscription ($after: String) { inbox(after: $after) { cursor } }';

/** The most rows of a table that may be scanned sequentially; for small tables this is the best plan. */
const LARGE = 15_000;

interface Case {
  name: string;
  run: (sample: number) => Promise<unknown>;
}

async function main(): Promise<void> {
  const { samples, thousands } = numberOptions({ samples: 300, thousands: 5000 });
  await using fixture = await startMessagingFixture(loadAutoExplain);
  await using stack = new AsyncDisposableStack();
  const client = stack.use(await openClient(fixture.postgresUrl));
  const planLog = new PlanLog(client, fixture.postgresLog);
  const world = await HistoryWorld.create(fixture, client);

  const sizes = [10, 1000, 5000].filter((each) => each <= thousands).map((each) => each * 1000);
  const figures = new Map<string, string[]>();
  const plans: string[] = [];
  for (const size of sizes) {
    const began = performance.now();
    await world.grow(size);
    process.stderr.write(`${size} messages after ${((performance.now() - began) / 1000).toFixed(0)} s\n`);
    const large = await world.largerThan(LARGE);
    for (const each of casesOf(fixture, world)) {
      figures.set(each.name, [...(figures.get(each.name) ?? []), ...(await measure(each, samples))]);
      const shown = await planned(planLog, large, each);
      if (size === sizes.at(-1)) plans.push(...shown);
    }
  }

  const how = `${samples} requests one after the other, in rotation over 50 channels; milliseconds. Each table was vacuumed and analysed after it had grown, and the data was in the cache. No plan scans a table of more than ${LARGE} rows sequentially.`;
  const columns = sizes.flatMap((size) => [`${size} messages: p50`, 'p99']);
  const lines = [
    heading('history: reading as the tables grow', how),
    `| | ${columns.join(' | ')} |`,
    `|---|${columns.map(() => '---').join('|')}|`,
    ...[...figures].map(([name, cells]) => `| ${name} | ${cells.join(' | ')} |`),
    '',
    ...plans,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function casesOf(fixture: MessagingFixture, world: HistoryWorld): Case[] {
  const { person, channels, perChannel, authors, epoch } = world;
  const channel = (sample: number) => channels[sample % channels.length]!;
  const middle = Math.floor(perChannel / 2);
  const at = (id: string, seq: number) => encodeCursor(`messages:${id}@${epoch}`, seq);
  const page = (name: string, of: (id: string) => object): Case => ({
    name,
    run: (sample) => fixture.as(person, PAGE, { id: channel(sample), ...of(channel(sample)) }),
  });
  const search = (name: string, of: (sample: number) => { query: string; channelId?: string }): Case => ({
    name: `search: ${name}`,
    run: (sample) => fixture.as(person, SEARCH, of(sample)),
  });
  const threads = new Map<string, string>();
  return [
    page('newest page', () => ({ last: 50 })),
    page('oldest page', () => ({ first: 50 })),
    page('page back from the middle', (id) => ({ last: 50, before: at(id, middle) })),
    page('page on from the middle', (id) => ({ first: 50, after: at(id, middle) })),
    {
      name: 'replies of a thread',
      async run(sample) {
        const id = threads.get(channel(sample)) ?? (await world.thread(channel(sample), middle));
        threads.set(channel(sample), id);
        return fixture.as(person, THREAD, { id });
      },
    },
    { name: 'pins', run: (sample) => fixture.as(person, PINS, { id: channel(sample) }) },
    { name: 'unread and mention counts of 50 channels', run: () => fixture.as(person, UNREAD, {}) },
    {
      name: '100 events after a cursor',
      run: (sample) => {
        const id = channel(sample);
        return fixture.follow(
          person,
          RESUME,
          { id, after: streamCursor(`channel:${id}`, { seq: middle, epoch }) },
          100,
        );
      },
    },
    {
      name: 'inbox from the beginning: unread channels',
      run: () =>
        fixture.follow(person, INBOX, { after: streamCursor(`inbox:${person}`, { seq: 0, epoch }) }, channels.length),
    },
    search('a rare word', () => ({ query: WORDS.rare })),
    search('an uncommon word', () => ({ query: WORDS.uncommon })),
    search('a word of every second message', () => ({ query: WORDS.common })),
    search('that word in one channel', (sample) => ({ query: WORDS.common, channelId: channel(sample) })),
    search('that word in a channel by name', (sample) => ({
      query: `${WORDS.common} in:"bench ${sample % channels.length}"`,
    })),
    search('that word from one author', (sample) => ({ query: `${WORDS.common} from:${authors[sample % 40]}` })),
    search('that word before a day', () => ({ query: `${WORDS.common} before:${world.day(middle)}` })),
    search('that word within a day', () => ({
      query: `${WORDS.common} after:${world.day(middle - 1440)} before:${world.day(middle + 1440)}`,
    })),
    search('two words, one of them rare', () => ({ query: `${WORDS.common} ${WORDS.rare}` })),
    search('a phrase of common words', () => ({ query: '"meeting of Berlin"' })),
    search('that phrase from one author', (sample) => ({ query: `"meeting of Berlin" from:${authors[sample % 40]}` })),
    search('that word from two authors', (sample) => ({
      query: `${WORDS.common} from:${authors[sample % 40]} from:${authors[(sample + 1) % 40]}`,
    })),
    search('no word, one author', (sample) => ({ query: `from:${authors[sample % 40]}` })),
    search('a link', () => ({ query: 'has:link' })),
    search('a link from one author', (sample) => ({ query: `has:link from:${authors[sample % 40]}` })),
    search('all without that word', () => ({ query: `-${WORDS.common}` })),
    search('no word, before a day in one channel', (sample) => ({
      query: `before:${world.day(middle)}`,
      channelId: channel(sample),
    })),
  ];
}

async function measure({ name, run }: Case, samples: number): Promise<[p50: string, p99: string]> {
  for (let i = 0; i < 60; i++) await run(i);
  const times: number[] = [];
  // Slow requests are sampled less often.
  for (const end = performance.now() + 20_000; times.length < samples && performance.now() < end;) {
    const began = performance.now();
    await run(times.length);
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  const cells = [0.5, 0.99].map((share) => times[Math.floor(times.length * share)]!.toFixed(2));
  process.stderr.write(`  ${name}: ${cells.join(', ')}\n`);
  return cells as [string, string];
}

/** The plan of the slowest statement. @throws if one scans one of the `large` tables sequentially */
async function planned(planLog: PlanLog, large: readonly string[], { name, run }: Case): Promise<string[]> {
  const plans = await planLog.during(() => run(1));
  if (plans.length === 0) throw new Error(`No statement was seen for: ${name}`);
  for (const each of plans) {
    const whole = readWhole(each, large);
    if (whole.length > 0) throw new Error(`${name} reads all of ${whole.join(', ')}:\n${each.sql}\n${each.plan}`);
  }
  const slowest = plans.reduce((one, other) => (other.ms > one.ms ? other : one));
  return [`${name}:`, '', '```', slowest.plan, '```', ''];
}

void main();
