/**
 * `npm run upgrade:try`: a rolling upgrade under load, from this version or an older one to this one, and back, against servers of its own.
 */
import { commandLine } from '@chat/kit/process/command-line';
import { runCommand } from '@chat/kit/process/run-command';
import { startTestServices } from '@chat/kit/testing/services';
import { checkOut } from './old-checkout';
import { runUpgrade } from './rolling-upgrade';

const { values, refuse } = commandLine({
  command: 'npm run upgrade:try --',
  summary: `Runs two gateways and two processes each of identity and messaging, and replaces them one at a time while people write. Then checks that no
message was lost, repeated, reordered or refused after the client's retry, and prints the longest silence of a subscriber,
and how late a message was heard at most. Exits with 1 if there is a violation.`,
  options: {
    'per-second': { type: 'string', value: 'N', default: '100', description: 'messages a second' },
    'settle-seconds': {
      type: 'string',
      value: 'N',
      default: '10',
      description: 'pause after each replacement, as in docs/operations/upgrades.md',
    },
    from: {
      type: 'string',
      value: 'COMMIT',
      description: 'the version that runs first, such as a tag; by default this one',
    },
    back: {
      type: 'boolean',
      description: 'then replaces all processes by the first version again, gateways first',
    },
  },
  details: `With --from, the database is migrated while the old version runs, and both versions work on it during the upgrade. With --back, the
old version comes back to the migrated database. A process prints a line when it is replaced. Takes about 90 seconds, and 160 with --back.`,
});

runCommand(async () => {
  const perSecond = Number(values['per-second']);
  if (!(perSecond > 0)) refuse('--per-second must be a number above 0.');
  const settleMs = Number(values['settle-seconds']) * 1000;
  if (!(settleMs >= 0)) refuse('--settle-seconds must be a number from 0.');
  await using old = values.from === undefined ? undefined : await checkOut(values.from);
  await using services = await startTestServices();
  const { messages, retried, longestGapMs, longestDelayMs, violations } = await runUpgrade({
    servers: { databaseUrl: services.postgres.url, redisUrl: services.redis.url, redisPrefix: 'upgrade:' },
    perSecond,
    settleMs,
    oldCheckout: old?.folder,
    goesBack: values.back,
    progress: print,
  });
  print(`${messages} messages acknowledged, ${retried} of them after a retry`);
  print(
    `longest silence of a subscriber ${longestGapMs} ms; longest time from an acknowledgement until it was heard ${longestDelayMs} ms`,
  );
  print(violations.length === 0 ? 'No violation.' : violations.join('\n'));
  return violations.length === 0 ? 0 : 1;
});

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
