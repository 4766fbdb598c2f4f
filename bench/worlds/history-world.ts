/**
 * Messaging over a database that grows on command: one person's channels among many others, filled with messages of common and
 * rare words, with replies, reactions, pins, mentions and their events.
 */
// cspell:words setweight
import { newId } from '@chat/kit/ids';
import { type Client } from 'pg';
import type { MessagingFixture } from '../fixtures/messaging';

const CREATE = 'mutation ($input: CreateChannelInput!) { createChannel(input: $input) { id } }';
const CHANNELS = 50;
const AUTHORS = 40;
/** Other people's channels, so that the planner sees tables that are worth an index. */
const OTHER_CHANNELS = 20_000;

/** Words in every second message, in one of a thousand, and in one of a hundred thousand. */
export const WORDS = { common: 'meeting', uncommon: 'quarterly', rare: 'zeppelin' };

/** The date of the first message; each channel has one message a minute since. */
const BEGINNING = '2000-01-01';
/** Each message by its number. The first of each thousand starts the thread that every twentieth replies to. Its event follows the channel's first event, which announced the members. */
const MESSAGE = `
  select case when seq % 1000 = 1 then thread else uuidv7(at - now()) end as id, channel, seq, at,
    authors[1 + (seq * 7 + n) % ${AUTHORS}] as author, case when seq % 20 = 3 then thread end as parent,
    'message number ' || seq || case seq % 2 when 0 then ' about the ${WORDS.common} of ' else ' that says something of ' end
      || (array['Berlin', 'the engines', 'our customers', 'Häuser', 'the garden', 'running late', 'last week'])[1 + (seq * 3 + n) % 7]
      || case (seq * ${CHANNELS} + n) % 1000 when 777 then ' in the ${WORDS.uncommon} numbers' else '' end
      || case (seq * ${CHANNELS} + n) % 100000 when 5077 then ' by ${WORDS.rare}' else '' end as body
  from generate_series($3::bigint + 1, $4::bigint) seq
  cross join unnest($1::uuid[]) with ordinality as c(channel, n)
  cross join lateral (select timestamptz '${BEGINNING}' + make_interval(mins => seq::integer) as at,
                             overlay(overlay(md5(channel || ':' || seq / 1000) placing '7' from 13) placing 'a' from 17)::uuid as thread) t
  cross join (select $2::uuid[] as authors) a`;

const FIRST_LIST = 'query ($id: ID!) { channel(id: $id) { messages(first: 1) { edges { cursor } } } }';

export class HistoryWorld {
  /** Messages in all channels. */
  size = 0;

  private constructor(
    private readonly client: Client,
    /** A member of every channel. */
    readonly person: string,
    readonly authors: readonly string[],
    readonly channels: readonly string[],
    /** The epoch of cursors. */
    readonly epoch: string,
  ) {}

  static async create(fixture: MessagingFixture, client: Client): Promise<HistoryWorld> {
    const person = newId();
    const channels: string[] = [];
    while (channels.length < CHANNELS) {
      const input = { name: `bench ${channels.length}`, type: 'PRIVATE' };
      channels.push(((await fixture.as(person, CREATE, { input }))['createChannel'] as { id: string }).id);
    }
    await client.query(
      `with channel as (
         insert into messaging.channels (id, type, name, created_by, created_at, member_count)
         select uuidv7(), 'PRIVATE', 'other ' || i, uuidv7(), now(), 1 from generate_series(1, ${OTHER_CHANNELS}) i returning id, created_by),
       stream as (insert into messaging.event_stream (stream, last_seq) select 'channel:' || id, 0 from channel)
       insert into messaging.members (channel_id, user_id, state, role, joined_at)
       select id, created_by, 'JOINED', 'OWNER', now() from channel`,
    );
    await fixture.as(person, FIRST_LIST, { id: channels[0] }); // begins the epoch
    const { rows } = await client.query<{ epoch: string }>('select epoch from messaging.event_epoch');
    return new HistoryWorld(client, person, Array.from({ length: AUTHORS }, newId), channels, rows[0]!.epoch);
  }

  /** The number of messages in each channel. */
  get perChannel(): number {
    return this.size / CHANNELS;
  }

  /** The date of a channel's message with this number, as a search argument. */
  day(seq: number): string {
    return new Date(Date.parse(BEGINNING) + seq * 60_000).toISOString().slice(0, 10);
  }

  /** The first message of the thousand around this number; it has 50 replies. */
  async thread(channelId: string, seq: number): Promise<string> {
    const { rows } = await this.client.query<{ id: string }>(
      'select id from messaging.messages where channel_id = $1 and seq = $2',
      [channelId, seq - (seq % 1000) + 1],
    );
    return rows[0]!.id;
  }

  /** The names of tables with more rows than this. */
  async largerThan(rows: number): Promise<string[]> {
    const { rows: tables } = await this.client.query<{ name: string }>(
      `select relname as name from pg_class where relnamespace = 'messaging'::regnamespace and relkind = 'r' and reltuples > $1`,
      [rows],
    );
    return tables.map(({ name }) => name);
  }

  /** Fills all channels evenly up to `size` messages in total. Rebuilds the indexes, which is many times faster than updating them. */
  async grow(size: number): Promise<void> {
    const { client, channels, authors, person } = this;
    const to = size / CHANNELS;
    const values = [channels, authors, this.perChannel, to];
    const indexes = await client.query<{ name: string; definition: string }>(
      `select indexname as name, indexdef as definition from pg_indexes
       where schemaname = 'messaging' and tablename = 'messages' and indexname <> 'messages_pkey'`,
    );
    await client.query(`set synchronous_commit = off; set maintenance_work_mem = '512MB';
      alter table messaging.event disable trigger user`);
    for (const { name } of indexes.rows) await client.query(`drop index messaging.${name}`);
    await client.query(
      `insert into messaging.messages (id, channel_id, seq, event_seq, author_id, parent_id, body, created_at, reactions, is_pinned, reply_count, document, analysis)
       select id, channel, seq, seq + 1, author, parent, body, at,
         case when seq % 10 = 0 then '[{"emoji":"👍","count":1}]'::jsonb else '[]' end, seq % 1000 = 500,
         case when seq % 1000 = 1 then 50 else 0 end, setweight(messaging.search_document(body), 'A'), 1
       from (${MESSAGE}) message`,
      values,
    );
    for (const { definition } of indexes.rows) await client.query(definition);
    await client.query(
      `insert into messaging.event (stream, seq, type, payload)
       select 'channel:' || channel_id, event_seq, 'MessageAdded', jsonb_build_object('messageId', id)
       from messaging.messages where channel_id = any($1::uuid[]) and seq > $2 order by channel_id, event_seq`,
      [channels, this.perChannel],
    );
    await client.query(
      `update messaging.event_stream set last_seq = $2 from unnest($1::uuid[]) channel where stream = 'channel:' || channel`,
      [channels, to + 1],
    );
    await client.query(
      `insert into messaging.mentions (channel_id, user_id, seq)
       select channel, case when seq % 100 = 0 then $5::uuid else ($2::uuid[])[1 + seq % ${AUTHORS}] end, seq
       from unnest($1::uuid[]) channel, generate_series($3::bigint + 1, $4::bigint) seq where seq % 20 = 0`,
      [...values, person],
    );
    await client.query('update messaging.channels set last_seq = $2 where id = any($1::uuid[])', [channels, to]);
    await client.query(
      `update messaging.members m set read_seq = $3, mention_count = (
         select count(*) from messaging.mentions n where n.user_id = $2 and n.channel_id = m.channel_id and n.seq > $3)
       where user_id = $2 and channel_id = any($1::uuid[])`,
      [channels, person, Math.floor(to * 0.9)],
    );
    await client.query('alter table messaging.event enable trigger user');
    await client.query('vacuum analyze'); // autovacuum does this within a minute, but must not run while the bench measures
    this.size = size;
  }
}
