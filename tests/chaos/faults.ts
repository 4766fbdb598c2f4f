/** The faults of a chaos run. Each takes a few seconds and leaves everything running again. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChaosSystem } from './chaos-system';
import type { Restartable } from './restartable';

type Fault = (system: ChaosSystem, chance: (below: number) => number) => Promise<void>;

async function killed(process: Restartable): Promise<void> {
  await process.kill();
  await process.start();
}

async function paused(process: Restartable, ms: number): Promise<void> {
  process.pause();
  await sleep(ms);
  process.resume();
}

const gateway = (system: ChaosSystem, chance: (below: number) => number) =>
  system.gateways[chance(system.gateways.length)]!;

/** The deadline for a matching answer to cut, in milliseconds. */
const CUT_WITHIN_MS = 5000;

export const FAULTS = {
  'kill messaging': async (system) => {
    await system.messaging.kill();
    await system.expireLeases();
    await system.messaging.start();
  },
  'kill a gateway': (system, chance) => killed(gateway(system, chance)),
  'pause messaging': (system, chance) => paused(system.messaging, 1000 + chance(3000)),
  'pause a gateway': (system, chance) => paused(gateway(system, chance), 1000 + chance(3000)),
  'pause identity': (system, chance) => paused(system.identity, 1000 + chance(3000)),
  'freeze the links to PostgreSQL': async ({ postgres }) => {
    for (const link of postgres.links) link.freeze(); // permanently; new links work
  },
  'freeze PostgreSQL': async ({ postgres }, chance) => {
    postgres.freeze();
    await sleep(2000 + chance(6000));
    postgres.thaw();
  },
  'freeze the links to Redis': async ({ redis }, chance) => {
    for (const link of redis[chance(2) ? 'messaging' : 'gateways'].links) link.freeze();
  },
  'freeze Redis': async ({ redis }, chance) => {
    for (const proxy of Object.values(redis)) proxy.freeze();
    await sleep(2000 + chance(3000));
    for (const proxy of Object.values(redis)) proxy.thaw();
  },
  'cut the links to PostgreSQL': async ({ postgres }) => postgres.cut(),
  'cut the links to Redis': async ({ redis }) => {
    for (const proxy of Object.values(redis)) proxy.cut();
  },
  'refuse PostgreSQL': async ({ postgres }, chance) => {
    await postgres.refuse();
    await sleep(500 + chance(3000));
    await postgres.accept();
  },
  'cut the answer to a commit': async ({ postgres }) =>
    Promise.race([postgres.cutAnswerTo(/commit/i), sleep(CUT_WITHIN_MS, undefined, { ref: false })]),
  'cut the answer to messages': async ({ postgres }) =>
    Promise.race([
      postgres.cutAnswerTo(/send[-_](plain[-_])?messages/),
      sleep(CUT_WITHIN_MS, undefined, { ref: false }),
    ]),
  'cut the answer to a worker': async ({ postgres }) =>
    Promise.race([postgres.cutAnswerTo(/get_job/), sleep(CUT_WITHIN_MS, undefined, { ref: false })]),
  'slow PostgreSQL': async ({ postgres }, chance) => {
    postgres.delay(50 + chance(200));
    await sleep(2000);
    postgres.delay(0);
  },
  'slow Redis': async ({ redis }, chance) => {
    for (const proxy of Object.values(redis)) proxy.delay(50 + chance(200));
    await sleep(2000);
    for (const proxy of Object.values(redis)) proxy.delay(0);
  },
} satisfies Record<string, Fault>;

export type FaultName = keyof typeof FAULTS;

/** One fault of each kind, for a run of less than a minute. */
export const SHORT: readonly FaultName[] = [
  'cut the answer to messages',
  'freeze the links to PostgreSQL',
  'pause messaging',
  'kill a gateway',
  'freeze Redis',
];
