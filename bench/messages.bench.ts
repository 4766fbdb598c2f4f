/**
 * Acknowledged messages a second of 16 senders, into one channel and into 1,000, through the whole subgraph (validation,
 * policy, numbering, events). For comparison, in the same rounds on the same server, the rate at which pgbench commits single
 * rows. Every commit is synced to disk.
 */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { newId } from '@chat/kit/ids';
import { cpuSecondsOf } from '@chat/kit/testing/test-process';
import { Client } from 'pg';
import { startMessagingFixture, type MessagingFixture } from './fixtures/messaging';
import { cpuSecondsOfFamily } from './harness/cpu-time';
import { numberOptions } from './harness/options';
import { CELLS, heading, table } from './harness/report';
import { interleave } from './harness/rounds';

const CREATE = 'mutation ($input: CreateChannelInput!) { createChannel(input: $input) { id } }';
const SEND = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id seq } }';
const BODY = 'Has anybody seen the minutes of the last meeting? I cannot find them where they should be.';
const MEASURES = {
  perSecond: 'a second',
  p50: 'p50, ms',
  p99: 'p99, ms',
  postgres: 'processor µs each: PostgreSQL',
  client: 'processor µs each: its clients',
};

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
    "Senders, subgraph, PostgreSQL, Redis and pgbench share all processors. pgbench: prepared statements, as many clients as senders, a table with a primary key. PostgreSQL's clients are the senders and the subgraph together, or pgbench.";
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
  const postgresBefore = cpuSecondsOfFamily(fixture.postgresPid);
  const clientBefore = cpuSecondsOf(process.pid);
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
  return {
    perSecond: times.length / seconds,
    p50: at(0.5),
    p99: at(0.99),
    postgres: ((cpuSecondsOfFamily(fixture.postgresPid) - postgresBefore) / times.length) * 1e6,
    client: ((cpuSecondsOf(process.pid) - clientBefore) / times.length) * 1e6,
  };
}

/** @returns the measuring function; the figures are pgbench's own */
async function preparePgbench({ postgresUrl, postgresPid, folder }: MessagingFixture) {
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
    const command = `pgbench -n -M prepared -c ${clients} -j 2 -T ${seconds} -f ${script} -l --log-prefix ${prefix} ${postgresUrl}`;
    const postgresBefore = cpuSecondsOfFamily(postgresPid);
    const { stdout } = await promisify(execFile)('sh', ['-c', `${command}; times`]);
    const postgresSeconds = cpuSecondsOfFamily(postgresPid) - postgresBefore;
    const { stdout: log } = await promisify(execFile)('sh', ['-c', `cut -d' ' -f3 ${prefix}.* | sort -n`], {
      maxBuffer: 2 ** 28,
    });
    const times = log.trim().split('\n').map(Number); // microseconds
    const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))]! / 1000;
    // The last line of `times`: user and system time of the shell's children.
    const [, user, system] = /0m([\d.]+)s 0m([\d.]+)s\n?$/.exec(stdout)!;
    return {
      perSecond: Number(/tps = ([\d.]+)/.exec(stdout)![1]),
      p50: at(0.5),
      p99: at(0.99),
      postgres: (postgresSeconds / times.length) * 1e6,
      client: ((Number(user) + Number(system)) / times.length) * 1e6,
    };
  };
}

void main();
