/**
 * `npm run audit -- verify` verifies the audit log's chain and exits with 1 if it is broken. `npm run -s audit -- export` prints the
 * log as JSON lines, oldest first. Both are read-only. They use DATABASE_URL, or the installation in DATA_DIR, whether it is running
 * or not.
 */
import { isStorableDate } from '@chat/kit/graphql/date-time';
import { loadConfig } from '@chat/kit/config';
import { Database } from '@chat/kit/database/database';
import { openInstalledPostgres } from '@chat/kit/embedded/installed-postgres';
import { createLogger } from '@chat/kit/logging';
import { runCommand } from '@chat/kit/process/run-command';
import { StartupError } from '@chat/kit/process/startup-error';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { identityVariables } from '../config';
import { entities } from '../entities';
import { AuditService, type AuditFilter } from './audit.service';

const USAGE = `Usage: npm run audit -- verify
       npm run -s audit -- export [--from <time>] [--to <time>] [--actor <id>] [--action <name>]
`;

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      help: { type: 'boolean' },
      from: { type: 'string' },
      to: { type: 'string' },
      actor: { type: 'string' },
      action: { type: 'string' },
    },
  });
  const [command] = positionals;
  const filter = {
    actorId: values.actor,
    action: values.action,
    from: timeOf(values.from),
    to: timeOf(values.to),
  };
  if (command !== 'verify' && command !== 'export') throw new StartupError(USAGE);

  const { DATABASE_URL, DATA_DIR } = loadConfig(
    z.object({ DATABASE_URL: identityVariables.DATABASE_URL.optional(), DATA_DIR: identityVariables.DATA_DIR }),
  );
  await using installed = DATABASE_URL ? undefined : await openInstalledPostgres(DATA_DIR);
  const url = DATABASE_URL ?? installed!.url;
  const log = createLogger('audit', 'warn');
  await using database = await Database.open({ url, schema: 'identity', entities, migrations: [], poolSize: 2, log });
  await database.ready();
  return await (command === 'verify' ? verify(database) : exportActs(database, filter)); // before the database is closed
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
  if (!isStorableDate(time)) throw new StartupError(`${text} is not a time, such as 2026-01-31T12:00:00Z.`);
  return time;
}

runCommand(main);
