/**
 * The latency of an ordinary query while hostile texts arrive. The query reads a page of a channel's history and its unread count at a
 * dedicated messaging process over real PostgreSQL and Redis. Three cases: texts built to be slow arrive through every entry, ordinary
 * texts of the same length arrive instead, and none arrive.
 */
import { CORRELATION_HEADER } from '@chat/kit/logging';
import { VIEWER_HEADER, ViewerHeader } from '@chat/kit/auth/viewer-header';
import { newId } from '@chat/kit/ids';
import { startTestServices } from '@chat/kit/testing/services';
import { TestProcess } from '@chat/kit/testing/test-process';
import { setTimeout as pause } from 'node:timers/promises';
import { hostileText, HOSTILE_PIECES } from '../tests/hostile-text/hostile-pieces';
import { numberOptions } from './harness/options';
import { CELLS, heading, table, type Figures } from './harness/report';
import { interleave } from './harness/rounds';

const SECRET_KEY = 'a secret key that only benchmarks have';
const MEASURES = { p50: 'p50, ms', p99: 'p99, ms' };
const [MESSAGE, PAYLOAD, SEARCH, NAME, WORDS] = [15_900, 200_000, 500, 80, 500];
const ORDINARY = 'Has anybody seen the minutes of the last meeting? I cannot find them where they should be. ';
const READ = `query ($id: ID!) { channel(id: $id) { viewerMembership { unreadCount }
  messages(first: 20) { edges { node { id body bodyHtml } } } } }`;
const CREATE = 'mutation ($input: CreateChannelInput!) { createChannel(input: $input) { id } }';
const SEND = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id bodyHtml tickets { id } } }';
const HOOK = 'mutation ($input: CreateIncomingWebhookInput!) { createIncomingWebhook(input: $input) { url } }';
const FIND = 'query ($query: String!) { searchMessages(query: $query) { edges { node { snippet } } } }';
const FILTER = 'mutation ($id: ID!, $words: [String!]!) { setFilteredWords(channelId: $id, words: $words) { id } }';

type Ask = (query: string, variables: object) => Promise<Answer>;

/** The results of the mutations that prepare the run. */
interface Answer {
  createChannel: { id: string };
  createIncomingWebhook: { url: string };
}

async function main(): Promise<void> {
  const { rounds, seconds, rate, texts } = numberOptions({ rounds: 3, seconds: 8, rate: 40, texts: 8 });
  await using services = await startTestServices();
  await using messaging = new TestProcess({
    args: ['subgraphs/messaging/src/main.ts'],
    env: {
      NODE_ENV: 'production',
      DATABASE_URL: services.postgres.url,
      REDIS_URL: services.redis.url,
      SECRET_KEY,
      LOG_LEVEL: 'info',
      WEBHOOK_INCOMING_PER_MINUTE: '100000',
    },
  });
  const [, url] = await messaging.waitFor(/"url":"([^"]+)","msg":"listening"/);
  await messaging.waitFor(/"msg":"ready"/);
  const ask = askAs(url!);
  const channels: string[] = [];
  for (const name of ['quiet', 'busy', 'filtered'])
    channels.push((await ask(CREATE, { input: { name, type: 'PUBLIC' } })).createChannel.id);
  const [quiet = '', busy = '', filtered = ''] = channels;
  for (let i = 0; i < 20; i++) await ask(SEND, { input: { channelId: quiet, body: `**${i}** ${ORDINARY}` } });
  const { createIncomingWebhook } = await ask(HOOK, { input: { channelId: busy, name: 'bench' } });
  const hook = new URL(new URL(createIncomingWebhook.url).pathname, url);

  const entries = entriesOf(ask, { busy, filtered, hook });
  let failed = 0;
  const read = () => ask(READ, { id: quiet }).catch(() => failed++);
  const measure = async ({ textOf }: Candidate): Promise<Figures<keyof typeof MEASURES>> => {
    const over = new AbortController();
    const load = textOf && everyEntry(entries, textOf, texts, over.signal);
    const took = (await steadily(rate, seconds, read)).toSorted((a, b) => a - b);
    over.abort();
    await load;
    const at = (share: number) => took[Math.min(took.length - 1, Math.floor(took.length * share))]!;
    return { p50: at(0.5), p99: at(0.99) };
  };
  const candidates: Candidate[] = [
    { name: 'hostile texts', textOf: hostile },
    { name: 'ordinary texts', textOf: (length) => hostileText(length, ORDINARY) },
    { name: 'no texts' },
  ];
  for (const candidate of candidates) await measure(candidate); // warms up threads and plans
  const figures = await interleave(candidates, rounds, measure);
  const how =
    `${rounds} interleaved rounds of ${seconds} s with ${rate} ordinary queries a second, sent on schedule even if earlier ones are ` +
    `unanswered. Meanwhile ${texts} texts a second, of the greatest length allowed, arrive through ${Object.keys(entries).length} entries in turn: ` +
    `${Object.keys(entries).join('; ')}. Everything shares all processors, including the load.`;
  const names = candidates.map(({ name }) => name);
  const [first, second, none] = names as [string, string, string];
  process.stdout.write(`${heading('messaging: an ordinary query while hostile texts come', how)}\n`);
  process.stdout.write(
    `${table([first, none], MEASURES, figures)}\n${table([first, second], MEASURES, figures)}\n${CELLS}Ordinary queries that failed: ${failed}.\n`,
  );
}

interface Candidate {
  name: string;
  textOf?: (length: number, index: number) => string;
}

/** Yields a different piece each time. */
const hostile = (length: number, index: number): string =>
  hostileText(length, HOSTILE_PIECES[index % HOSTILE_PIECES.length]!);

type Entry = (textOf: (length: number) => string) => Promise<unknown>;

function entriesOf(ask: Ask, place: { busy: string; filtered: string; hook: URL }): Record<string, Entry> {
  const { busy, filtered, hook } = place;
  const post = (payload: object) => fetch(hook, { method: 'POST', body: JSON.stringify(payload) });
  return {
    messages: (textOf) => ask(SEND, { input: { channelId: busy, body: textOf(MESSAGE) } }),
    'webhooks, text': (textOf) => post({ text: textOf(MESSAGE / 2) }),
    'webhooks, too long': (textOf) => post({ text: textOf(PAYLOAD / 2) }),
    'webhooks, blocks': (textOf) => post({ blocks: [{ type: 'section', text: textOf(MESSAGE / 4) }] }),
    names: (textOf) => ask(CREATE, { input: { name: textOf(NAME) } }),
    search: (textOf) => ask(FIND, { query: textOf(SEARCH) }),
    filters: async (textOf) => {
      const words = Array.from({ length: WORDS }, (_, index) => `${textOf(90).trim()}${index}`);
      await ask(FILTER, { id: filtered, words });
      await ask(SEND, { input: { channelId: filtered, body: textOf(MESSAGE) } });
    },
  };
}

/** Sends `rate` texts a second, through the entries in turn. A refusal counts as an answer. */
async function everyEntry(
  entries: Record<string, Entry>,
  textOf: NonNullable<Candidate['textOf']>,
  rate: number,
  over: AbortSignal,
): Promise<void> {
  const running: Promise<unknown>[] = [];
  const all = Object.values(entries);
  for (let index = 0; !over.aborted; index++) {
    const send = all[index % all.length]!;
    running.push(send((length) => textOf(length, index)).catch(() => undefined));
    await pause(1000 / rate, undefined, { signal: over }).catch(() => undefined);
  }
  await Promise.all(running);
}

function askAs(url: string): Ask {
  const header = new ViewerHeader(SECRET_KEY);
  const id = newId();
  const expiresAt = Date.now() / 1000 + 86_400;
  const viewer = {
    id,
    sessionId: id,
    roles: ['USER' as const],
    permissions: ['READ' as const, 'WRITE' as const],
    expiresAt,
  };
  return async (query, variables) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        [VIEWER_HEADER]: header.sign(viewer),
        [CORRELATION_HEADER]: 'bench',
      },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as { data: Answer; errors?: { message: string }[] };
    if (errors) throw new Error(errors[0]!.message);
    return data;
  };
}

/** Sends `rate` requests a second. @returns the latency of each from its due time, in milliseconds */
async function steadily(rate: number, seconds: number, send: () => Promise<unknown>): Promise<number[]> {
  const began = performance.now();
  const took: Promise<number>[] = [];
  for (let index = 0; index < rate * seconds; index++) {
    const due = began + (index * 1000) / rate;
    const wait = due - performance.now();
    if (wait > 0) await pause(wait);
    took.push(send().then(() => performance.now() - due));
  }
  return Promise.all(took);
}

void main();
