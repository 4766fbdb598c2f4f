/** `npm run ghosts -- --runs 1000`: the runs of ghost-run.ts over a PostgreSQL and a Redis of its own, and how long seats outlive their clients. */
import { commandLine } from '@chat/kit/process/command-line';
import { seldom } from '@chat/kit/process/progress';
import { publishTestEnvironment } from '@chat/kit/testing/environment';
import { startTestServices, type TestServices } from '@chat/kit/testing/services';
import { seeded } from '../gestures/training/random';
import { GhostRun } from './ghost-run';
import { RoomsProcess } from './rooms-process';
import { startTestRooms, TestGateway } from './test-rooms';

const { values, refuse } = commandLine({
  command: 'npm run ghosts --',
  summary:
    'Joins, leaves and reconnects at random, kills gateways and a process of rooms, and fails if a seat outlives its client by more than the deadline.',
  options: {
    runs: { type: 'string', default: '1000', value: 'COUNT', description: 'number of runs' },
    seed: { type: 'string', default: '1', value: 'NUMBER', description: 'seed of the first run' },
    together: { type: 'string', default: '20', value: 'COUNT', description: 'runs at the same time' },
    deadline: { type: 'string', default: '2000', value: 'MS', description: 'milliseconds for a seat to end' },
  },
});
const [count, seed] = [Number(values.runs), Number(values.seed)];
const [together, deadline] = [Number(values.together), Number(values.deadline)];
if (![count, seed, together, deadline].every(Number.isInteger)) refuse('All options are integers.');

async function main(): Promise<void> {
  await using services = await startTestServices();
  try {
    await haunt(services);
  } catch (error) {
    // Other runs may still poll what would be disposed of first, so the servers end and the process with them.
    process.stderr.write(`${(error as Error).message}\n`);
    await services[Symbol.asyncDispose]();
    process.exit(1);
  }
}

async function haunt(services: TestServices): Promise<void> {
  publishTestEnvironment({ postgresUrl: services.postgres.url, redisUrl: services.redis.url });
  await using rooms = await startTestRooms();
  await using gateway = new TestGateway(rooms.config);
  await using another = await RoomsProcess.start(rooms.config);
  const world = { rooms, gateway, another };
  const times: number[] = [];
  const failures: string[] = [];
  const progress = seldom((line) => process.stderr.write(`${line}\n`));
  for (let first = 0; first < count; first += together) {
    const numbers = Array.from({ length: Math.min(together, count - first) }, (_, index) => seed + first + index);
    const runs = await Promise.all(numbers.map((number) => GhostRun.begin(world, seeded(number))));
    await Promise.all(runs.map((run) => run.play()));
    const began = performance.now();
    await Promise.all(
      runs.map(async (run) => {
        await run
          .settles(deadline, () => times.push(performance.now() - began))
          .catch((error: Error) => {
            failures.push(error.message);
            process.stderr.write(`${error.message}\n`);
          });
      }),
    );
    await Promise.all(runs.map((run) => run.end()));
    await another.ready();
    progress(`${Math.min(first + together, count)} of ${count} runs, ${failures.length} failures`);
  }
  times.sort((a, b) => a - b);
  const at = (part: number) => Math.round(times[Math.min(times.length - 1, Math.floor(part * times.length))] ?? 0);
  const { kills } = another;
  const result = {
    runs: count,
    kills,
    failures: failures.length,
    settledMs: { median: at(0.5), p95: at(0.95), most: at(1) },
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  if (failures.length > 0) process.exitCode = 1;
}

void main().then(
  () => process.exit(),
  (error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  },
);
