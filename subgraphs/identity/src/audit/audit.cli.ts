/**
 * `npm run audit:verify` follows the audit log's chain and exits with 1 where it is broken; `npm run audit:export` prints
 * the log as JSON lines, oldest first. Both read DATABASE_URL and change nothing.
 */
import { loadConfig } from '@chat/kit/config';
import { Database } from '@chat/kit/database/database';
import { subgraphVariables } from '@chat/kit/graphql/runtime';
import { createLogger } from '@chat/kit/logging';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { entities } from '../entities';
import { migrations } from '../migrations';
import { AuditService, type AuditFilter } from './audit.service';

const USAGE = `Usage: audit:verify
       audit:export [--from <time>] [--to <time>] [--actor <id>] [--action <name>]`;

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      from: { type: 'string' },
      to: { type: 'string' },
      actor: { type: 'string' },
      action: { type: 'string' },
    },
  });
  const { DATABASE_URL: url } = loadConfig(z.object({ DATABASE_URL: subgraphVariables.DATABASE_URL }));
  const log = createLogger('audit', 'warn');
  await using database = await Database.open({ url, schema: 'identity', entities, migrations, poolSize: 2, log });
  await database.ready();
  switch (positionals[0]) {
    case 'verify':
      return await verify(database); // before the database is closed
    case 'export':
      return await exportActs(database, {
        actorId: values.actor,
        action: values.action,
        from: timeOf(values.from),
        to: timeOf(values.to),
      });
    default:
      throw new Error(USAGE);
  }
}

async function verify(database: Database): Promise<number> {
  const { checked, brokenAt } = await new AuditService().verify(database.fork());
  const outcome = brokenAt === null ? 'The chain holds' : `The chain is broken at act ${brokenAt}`;
  process.stdout.write(`${outcome}: ${checked} acts follow from each other.\n`);
  return brokenAt === null ? 0 : 1;
}

async function exportActs(database: Database, filter: AuditFilter): Promise<number> {
  for await (const act of new AuditService().export(database.fork(), filter)) {
    const line = `${JSON.stringify({ ...act, hash: Buffer.from(act.hash).toString('hex') })}\n`;
    if (!process.stdout.write(line)) await once(process.stdout, 'drain');
  }
  return 0;
}

function timeOf(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw new Error(`${text} is not a time, such as 2026-01-31T12:00:00Z.`);
  return time;
}

main().then(
  (code) => (process.exitCode = code),
  (error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  },
);
