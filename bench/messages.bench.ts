/**
 * How many messages a second do 16 senders get acknowledged, into one channel and into 1,000, through the whole subgraph
 * (validation, policy, numbering, events)? Beside them, on the same server in the same rounds, the rate at which pgbench commits
 * single rows. Every commit is synced to disk.
 */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { newId } from '@chat/kit/ids';
import { Client } from 'pg';
import { startMessagingFixture, type MessagingFixture } from './fixtures/messaging';
import { numberOptions } from './harness/options';
import { CELLS, heading, table } from './harness/report';
import { interleave } from './harness/rounds';

const CREATE = 'mutation ($input: CreateChannelInput!) { createChannel(input: $input) { id } }';
const SEND = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id seq } }';
const BODY = 'Has anybody seen the minutes of the last meeting? I cannot find them where they should be.';
const MEASURES = { perSecond: 'a second', p50: 'p50, ms', p99: 'p99, ms' };

type Figures = Record<keyof typeof MEASURES, number>;

async function main(): Promise<void> {
  const { rounds, seconds, senders, channels } = numberOptions({ rounds: 3, seconds: 5, senders: 16, channels: 1000 });
  await using fixture = await startMessagingFixture();
  const people = Array.from({ length: senders }, newId);
  const [owner = ''] = people;
  const create = async (): Promise<string> => {
    const input = { name: 'bench', memberIds: people };
    return ((await fixture.as(owner, CREATE, { input }))['createChannel'] as { id: string }).id;
  };
  const one = [await create()];
  const many: string[] = [];
  while (many.length < channels) many.push(await create());
  const insert = await preparePgbench(fixture);

  const candidates = [
    { name: 'one channel', run: () => sendFor(fixture, people, one, seconds) },
    { name: `${channels} channels`, run: () => sendFor(fixture, people, many, seconds) },
    { name: 'pgbench, one row a commit', run: () => insert(senders, seconds) },
  ];
  for (const { run } of candidates) await run();
  const figures = await interleave(candidates, rounds, ({ run }) => run());

  const how =
    `${senders} senders, each waiting for the answer before it sends again; ${rounds} interleaved rounds of ${seconds} s after one to warm up. ` +
    'Senders, subgraph, PostgreSQL, Redis and pgbench share all processors. pgbench: prepared statements, as many clients as senders, a table with a primary key.';
  const names = candidates.map(({ name }) => name);
  const [first, second, pgbench] = names as [string, string, string];
  process.stdout.write(
    `${heading('messages: acknowledged sends', how)}\n${table([first, pgbench], MEASURES, figures)}\n`,
  );
  process.stdout.write(`${table([second, pgbench], MEASURES, figures)}\n${CELLS}`);
}

async function sendFor(
  fixture: MessagingFixture,
  people: readonly string[],
  channels: readonly string[],
  seconds: number,
): Promise<Figures> {
  const end = performance.now() + seconds * 1000;
  const times: number[] = [];
  await Promise.all(
    people.map(async (person, index) => {
      for (let i = index; performance.now() < end; i += people.length) {
        const began = performance.now();
        await fixture.as(person, SEND, { input: { channelId: channels[i % channels.length], body: BODY } });
        times.push(performance.now() - began);
      }
    }),
  );
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))]!;
  return { perSecond: times.length / seconds, p50: at(0.5), p99: at(0.99) };
}

/** @returns how to measure; figures are pgbench's own. */
async function preparePgbench({ postgresUrl, folder }: MessagingFixture) {
  const client = new Client({ connectionString: postgresUrl });
  await client.connect();
  await client.query(
    'create table public.bench_row (id uuid primary key default gen_random_uuid(), body text not null)',
  );
  await client.end();
  const script = join(folder, 'insert.sql');
  await writeFile(script, `insert into public.bench_row (body) values ('${BODY}');\n`);
  return async (clients: number, seconds: number): Promise<Figures> => {
    const prefix = join(folder, `pgbench-${Date.now()}`);
    const args = [
      '-n',
      '-M',
      'prepared',
      '-c',
      clients,
      '-j',
      2,
      '-T',
      seconds,
      '-f',
      script,
      '-l',
      '--log-prefix',
      prefix,
    ];
    const { stdout } = await promisify(execFile)('pgbench', [...args.map(String), postgresUrl]);
    const { stdout: log } = await promisify(execFile)('sh', ['-c', `cut -d' ' -f3 ${prefix}.* | sort -n`], {
      maxBuffer: 2 ** 28,
    });
    const times = log.trim().split('\n').map(Number); // microseconds
    const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))]! / 1000;
    return { perSecond: Number(/tps = ([\d.]+)/.exec(stdout)![1]), p50: at(0.5), p99: at(0.99) };
  };
}

void main();
