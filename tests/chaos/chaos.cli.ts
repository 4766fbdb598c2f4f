/** `npm run chaos`: the chaos run for minutes or hours, against servers of its own. */
import { randomInt } from 'node:crypto';
import { commandLine } from '@chat/kit/process/command-line';
import { didYouMean } from '@chat/kit/nearest';
import { runCommand } from '@chat/kit/process/run-command';
import { startTestServices } from '@chat/kit/testing/services';
import { runChaos } from './chaos-run';
import { FAULTS, type FaultName } from './faults';

const NAMES = Object.keys(FAULTS) as FaultName[];
const { values, refuse } = commandLine({
  command: 'npm run chaos --',
  summary: `Runs gateways, identity and messaging as real processes, with PostgreSQL and Redis behind TCP proxies, and injects faults
while clients send, subscribe, resume, and are removed and banned. Then checks the recorded history for lost, repeated,
reordered and unauthorised deliveries. Exits with 1 if there is a violation, or if a process ended by itself.`,
  options: {
    minutes: { type: 'string', value: 'N', default: '5', description: 'duration' },
    seed: {
      type: 'string',
      value: 'S',
      description: 'repeats the random choices of an earlier run; timing still differs',
    },
    fault: { type: 'string', value: 'NAME', multiple: true, description: 'injects only this fault' },
  },
  details: `Faults: ${NAMES.join(', ')}.`,
});

runCommand(async () => {
  const minutes = Number(values.minutes);
  const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
  if (!(minutes > 0)) refuse('--minutes must be a number above 0.');
  if (!Number.isSafeInteger(seed)) refuse('--seed must be a whole number.');
  const unknown = values.fault?.find((name) => !(name in FAULTS));
  if (unknown) refuse(`There is no fault "${unknown}".${didYouMean(unknown, NAMES)}`);
  const names = (values.fault as FaultName[] | undefined) ?? NAMES;

  const began = performance.now();
  const elapsed = () => ((performance.now() - began) / 1000).toFixed(0).padStart(5);
  print(`${minutes} minutes with seed ${seed}\n`);
  await using services = await startTestServices();
  const { faults, messages, removals, violations } = await runChaos({
    servers: { databaseUrl: services.postgres.url, redisUrl: services.redis.url, redisPrefix: 'chaos:' },
    seed,
    nextFault: (chance) => (performance.now() - began < minutes * 60_000 ? names[chance(names.length)] : undefined),
    progress: (line) => print(`${elapsed()} s  ${line}\n`),
  });
  print(`${faults.length} faults, ${messages} messages acknowledged, ${removals} removals and bans\n`);
  print(violations.length === 0 ? 'No violation.\n' : `${violations.join('\n')}\nRepeat with --seed ${seed}.\n`);
  return violations.length === 0 ? 0 : 1;
});

function print(text: string): void {
  process.stdout.write(text);
}
