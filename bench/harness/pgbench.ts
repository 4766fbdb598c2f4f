/** The rate at which pgbench commits single rows: what PostgreSQL allows on this machine. */
import { openClient } from '@chat/kit/database/open-client';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface PgbenchFigures {
  rows: number;
  perSecond: number;
  /** In milliseconds. */
  p50: number;
  p99: number;
  /** Of pgbench itself. */
  clientSeconds: number;
}

/** @param row the text of each row; without quotes. @returns the measuring function; latencies and rate are pgbench's own */
export async function preparePgbench({ postgresUrl, folder }: { postgresUrl: string; folder: string }, row: string) {
  await using client = await openClient(postgresUrl);
  await client.query(
    'create table public.bench_row (id uuid primary key default gen_random_uuid(), body text not null)',
  );
  const script = join(folder, 'insert.sql');
  await writeFile(script, `insert into public.bench_row (body) values ('${row}');\n`);
  return async (clients: number, seconds: number): Promise<PgbenchFigures> => {
    const prefix = join(folder, `pgbench-${Date.now()}`);
    const command = `pgbench -n -M prepared -c ${clients} -j 2 -T ${seconds} -f ${script} -l --log-prefix ${prefix} ${postgresUrl}`;
    const { stdout } = await run('sh', ['-c', `${command}; times`]);
    const { stdout: log } = await run('sh', ['-c', `cut -d' ' -f3 ${prefix}.* | sort -n`], { maxBuffer: 2 ** 28 });
    const times = log.trim().split('\n').map(Number); // microseconds
    const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))]! / 1000;
    // The last line of `times`: user and system time of the shell's children.
    const [, user, system] = /0m([\d.]+)s 0m([\d.]+)s\n?$/.exec(stdout)!;
    return {
      rows: times.length,
      perSecond: Number(/tps = ([\d.]+)/.exec(stdout)![1]),
      p50: at(0.5),
      p99: at(0.99),
      clientSeconds: Number(user) + Number(system),
    };
  };
}
