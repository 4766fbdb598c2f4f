/**
 * Do a page of history and unread counts stay as fast when the table grows? 50 messages with reactions and authors, and the unread
 * counts of 50 channels, at several sizes of one table; and PostgreSQL's plans, none of which may read a table from end to end.
 */
import { newId } from '@chat/kit/ids';
import { Client } from 'pg';
import { startMessagingFixture } from './fixtures/messaging';
import { numberOptions } from './harness/options';
import { heading } from './harness/report';

const CREATE = 'mutation ($input: CreateChannelInput!) { createChannel(input: $input) { id } }';
const HISTORY = `query ($id: ID!, $before: String) { channel(id: $id) { messages(last: 50, before: $before) {
  edges { cursor node { id seq body createdAt author { id } reactions { emoji count viewerReacted } } } pageInfo { startCursor } } } }`;
const UNREAD = 'query { channels(first: 50) { edges { node { id viewerMembership { unreadCount mentionCount } } } } }';
const CHANNELS = 50;

async function main(): Promise<void> {
  const { samples, thousands } = numberOptions({ samples: 500, thousands: 5000 });
  await using fixture = await startMessagingFixture();
  const client = new Client({ connectionString: fixture.postgresUrl });
  await client.connect();
  const person = newId();
  const channels: string[] = [];
  for (let i = 0; i < CHANNELS; i++) {
    const created = await fixture.as(person, CREATE, { input: { name: `bench ${i}`, type: 'PRIVATE' } });
    channels.push((created['createChannel'] as { id: string }).id);
  }

  await addOtherChannels(client);

  const how = `${samples} requests one after the other, each for another channel, a tenth of them for a page in the middle of the history; p50 and p99 in milliseconds.`;
  const lines = [
    heading('history: pages and unread counts as the table grows', how),
    '| messages | history p50 | history p99 | unread p50 | unread p99 |',
    '|---|---|---|---|---|',
  ];
  let size = 0;
  for (const target of [10, 1000, 5000].filter((each) => each <= thousands).map((each) => each * 1000)) {
    await grow(client, channels, person, size / CHANNELS, target / CHANNELS);
    size = target;
    const history = await measure(samples, (i) => {
      const id = channels[i % CHANNELS]!;
      const middle = Buffer.from(JSON.stringify([`messages:${id}`, Math.floor(target / CHANNELS / 2)])).toString(
        'base64url',
      );
      return fixture.as(person, HISTORY, { id, before: i % 10 === 0 ? middle : null });
    });
    const unread = await measure(samples, () => fixture.as(person, UNREAD, {}));
    lines.push(`| ${target} | ${history.join(' | ')} | ${unread.join(' | ')} |`);
    process.stderr.write(`${target} messages\n`);
  }
  lines.push('', ...(await plans(client, channels[0]!, person)));
  process.stdout.write(`${lines.join('\n')}\n`);
  await client.end();
}

/** Channels of other people, so that the planner sees a table worth an index. */
async function addOtherChannels(client: Client): Promise<void> {
  await client.query(
    `with channel as (
       insert into messaging.channels (id, type, name, created_by, created_at, member_count)
       select uuidv7(), 'PRIVATE', 'other ' || i, uuidv7(), now(), 1 from generate_series(1, 20000) i returning id, created_by)
     insert into messaging.members (channel_id, user_id, state, role, joined_at)
     select id, created_by, 'JOINED', 'OWNER', now() from channel`,
  );
  await client.query('analyze messaging.channels, messaging.members');
}

/** Fills up each channel from `from` to `to` messages. */
async function grow(
  client: Client,
  channels: readonly string[],
  author: string,
  from: number,
  to: number,
): Promise<void> {
  await client.query(
    `insert into messaging.messages (id, channel_id, seq, event_seq, author_id, body, created_at, reactions)
     select uuidv7(), channel, seq, seq, $2, 'message number ' || seq || ' about this and that', now() - make_interval(secs => $4 - seq),
       case when seq % 10 = 0 then '[{"emoji":"👍","count":1}]'::jsonb else '[]' end
     from generate_series($3::bigint + 1, $4::bigint) seq, unnest($1::uuid[]) channel`,
    [channels, author, from, to],
  );
  await client.query('update messaging.channels set last_seq = $1 where id = any($2::uuid[])', [to, channels]);
  await client.query('analyze messaging.messages');
}

async function measure(
  samples: number,
  run: (sample: number) => Promise<unknown>,
): Promise<[p50: string, p99: string]> {
  for (let i = 0; i < 50; i++) await run(i);
  const times: number[] = [];
  for (let i = 0; i < samples; i++) {
    const began = performance.now();
    await run(i);
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  return [times[Math.floor(samples * 0.5)]!.toFixed(2), times[Math.floor(samples * 0.99)]!.toFixed(2)];
}

/** The plans of what the measured requests ask PostgreSQL for. @throws where one reads a table from end to end. */
async function plans(client: Client, channelId: string, person: string): Promise<string[]> {
  const statements: [what: string, sql: string, ...values: unknown[]][] = [
    [
      'history page',
      'select * from messaging.messages where channel_id = $1 and seq < $2 order by seq desc limit 51',
      channelId,
      1000,
    ],
    [
      'channel and membership, with unread counts',
      `select * from messaging.channels c left join messaging.members m on m.channel_id = c.id and m.user_id = $2 where c.id in ($1)`,
      channelId,
      person,
    ],
    ['replies', 'select * from messaging.messages where parent_id = $1 order by seq limit 51', channelId],
    [
      'unread mentions',
      'select count(*) from messaging.mentions where user_id = $2 and channel_id = $1 and seq > 1',
      channelId,
      person,
    ],
  ];
  const texts: string[] = [];
  for (const [what, sql, ...values] of statements) {
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain (costs off) ${sql}`, values);
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    if (plan.includes('Seq Scan')) throw new Error(`${what} reads a whole table:\n${plan}`);
    texts.push(`${what}:`, '', '```', plan, '```', '');
  }
  return texts;
}

void main();
