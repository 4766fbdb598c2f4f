/**
 * `npm run audit -- verify` verifies the audit log's chain and exits with 1 if it is broken. `npm run -s audit -- export` prints the
 * log as JSON lines, oldest first. Both are read-only. They use DATABASE_URL, or the installation in DATA_DIR, whether it is running
 * or not.
 */
import { isStorableDate } from '@chat/kit/graphql/date-time';
import { loadConfig } from '@chat/kit/config';
import { Database } from '@chat/kit/database/database';
import { installationVariables, openInstallation } from '@chat/kit/embedded/installed-postgres';
import { createLogger } from '@chat/kit/logging';
import { commandLine } from '@chat/kit/process/command-line';
import { runCommand } from '@chat/kit/process/run-command';
import { once } from 'node:events';
import { z } from 'zod';
import { entities } from '../entities';
import { AuditService, type AuditFilter } from './audit.service';

const { positionals, values, refuse } = commandLine({
  command: 'npm run audit --',
  summary: `verify  verifies the chain of the audit log, and exits with 1 if it is broken
export  prints the log as JSON lines, oldest first; call it as npm run -s audit -- export`,
  arguments: [{ name: 'COMMAND', description: 'the command', choices: ['verify', 'export'] }],
  options: {
    from: { type: 'string', value: 'TIME', description: 'exports acts since then, such as 2026-01-31T12:00:00Z' },
    to: { type: 'string', value: 'TIME', description: 'exports acts before then' },
    actor: { type: 'string', value: 'ID', description: 'exports the acts of this account' },
    action: { type: 'string', value: 'NAME', description: 'exports acts of this name' },
  },
  details: `Both are read-only. They use the database that DATABASE_URL names. Without it, they use the installation in DATA_DIR (./data),
whether it is running or not.`,
});

async function main(): Promise<number> {
  const [command] = positionals;
  const filter = {
    actorId: values.actor,
    action: values.action,
    from: timeOf(values.from),
    to: timeOf(values.to),
  };

  await using postgres = await openInstallation(loadConfig(z.object(installationVariables)));
  const { url } = postgres;
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
  if (!isStorableDate(time)) refuse(`${text} is not a time, such as 2026-01-31T12:00:00Z.`);
  return time;
}

runCommand(main);
