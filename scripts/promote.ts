// cspell:words conninfo
/** `npm run promote`: makes a replica of PostgreSQL the primary after the loss of the old one. */
import { listVariable, loadConfig } from '@chat/kit/config';
import { commandLine } from '@chat/kit/process/command-line';
import { runCommand } from '@chat/kit/process/run-command';
import { StartupError } from '@chat/kit/process/startup-error';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { isPrimary, nameOf, promote, stateOf, type Standby } from './promotion/standby';

const { values, refuse } = commandLine({
  command: 'npm run promote --',
  summary: `Makes a replica of PostgreSQL the primary: refuses while the old primary accepts writes, picks the replica that has received most, waits until it
has applied that, promotes it, and says what to change next.`,
  options: {
    'dry-run': { type: 'boolean', description: 'says which replica would be promoted, and changes nothing' },
    'max-age-minutes': {
      type: 'string',
      value: 'N',
      default: '60',
      description:
        'refuses if the last transaction of the replica is older, as it may have been cut off long before the loss',
    },
  },
  details: `Reads DATABASE_URL, the lost primary, and DATABASE_REPLICA_URLS. The role in the latter has to be a superuser:
  DATABASE_REPLICA_URLS=postgresql://postgres:PASSWORD@10.0.0.2/chat npm run promote
First make sure that the old primary cannot come back: stop its machine, or cut it off. docs/operations/high-availability.md has all steps.`,
});

/** How long the replica may take to apply all that it has received, in milliseconds, and the pause between two looks. */
const APPLY_MS = 300_000;
const LOOK_MS = 500;

async function main(): Promise<number> {
  const maxAgeMs = Number(values['max-age-minutes']) * 60_000;
  if (!(maxAgeMs > 0)) refuse('--max-age-minutes must be a number above 0.');
  const config = loadConfig(
    z.object({
      DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).describe('the lost primary'),
      DATABASE_REPLICA_URLS: listVariable()
        .refine((urls) => urls.length > 0, 'names no replica')
        .describe('its replicas, with a superuser'),
    }),
  );
  console.log(`primary ${nameOf(config.DATABASE_URL)}: asking`);
  if (await isPrimary(config.DATABASE_URL))
    throw new StartupError(
      `${nameOf(config.DATABASE_URL)} accepts writes. Two primaries lose what one of them accepts: stop it first, then repeat this command.`,
    );
  console.log(`primary ${nameOf(config.DATABASE_URL)}: accepts no writes`);

  const standbys = await find(config.DATABASE_REPLICA_URLS);
  const chosen = standbys.sort((a, b) => Number(b.received - a.received))[0];
  if (!chosen) throw new StartupError('No replica answers. Restore a backup: docs/operations/backup.md.');
  const age = chosen.lastCommit && Date.now() - chosen.lastCommit.getTime();
  if (age !== undefined && age > maxAgeMs)
    throw new StartupError(
      `The last transaction of ${chosen.name} is of ${chosen.lastCommit!.toISOString()}. If the primary was lost about then, repeat this command with --max-age-minutes ${Math.ceil(age / 60_000) + 5}. Otherwise the replica had been cut off before: transactions since then are lost with the primary.`,
    );
  if (values['dry-run']) {
    console.log(`${chosen.name} would be promoted. Nothing was changed.`);
    return 0;
  }
  await applied(chosen);
  const began = performance.now();
  const formerNames = await promote(chosen);
  console.log(`${chosen.name}: promoted in ${Math.round(performance.now() - began)} ms, accepts writes\n`);
  console.log(nextSteps(chosen, standbys, formerNames));
  return 0;
}

/** The replicas that answer, each with a line of progress. */
async function find(urls: readonly string[]): Promise<Standby[]> {
  const found: Standby[] = [];
  for (const url of urls) {
    const state = await stateOf(url).catch((error: Error) => error.message);
    if (typeof state === 'object') {
      found.push(state);
      const last = state.lastCommit ? `last transaction of ${state.lastCommit.toISOString()}` : 'no transaction yet';
      console.log(`replica ${state.name}: received ${state.received} bytes, ${state.unapplied} to apply, ${last}`);
    } else if (state === undefined) {
      throw new StartupError(`${nameOf(url)} is a primary already. Point DATABASE_URL at it.`);
    } else console.log(`replica ${nameOf(url)}: does not answer (${state})`);
  }
  return found;
}

async function applied({ url, name, unapplied }: Standby): Promise<void> {
  const deadline = performance.now() + APPLY_MS;
  for (let left = unapplied; left > 0; left = (await stateOf(url))?.unapplied ?? 0) {
    if (performance.now() > deadline)
      throw new StartupError(
        `${name} still has ${left} bytes to apply after ${APPLY_MS / 60_000} minutes. Read its log.`,
      );
    console.log(`replica ${name}: ${left} bytes to apply`);
    await sleep(LOOK_MS);
  }
}

function nextSteps(chosen: Standby, standbys: readonly Standby[], formerNames: string): string {
  const others = standbys.filter(({ name }) => name !== chosen.name).map(({ name }) => name);
  return [
    'Next:',
    `1. Point the name in DATABASE_URL, or that in PgBouncer's configuration, at ${chosen.name}. The processes reconnect by themselves.`,
    `2. Take ${chosen.name} out of DATABASE_REPLICA_URLS, and restart the processes one at a time.`,
    others.length > 0
      ? `3. Let the other replicas follow it: set primary_conninfo on ${others.join(', ')}, and reload.`
      : '3. Build a new replica: docs/operations/high-availability.md.',
    formerNames
      ? `4. It waits for no synchronous replica now. Once one follows, set synchronous_standby_names again; it was: ${formerNames}`
      : '4. Once a replica follows, set synchronous_standby_names, so that acknowledged messages are on both.',
    '5. Never start the old primary again as it is: build a replica in its place.',
  ].join('\n');
}

runCommand(main);
