/**
 * A rolling upgrade by the steps of docs/operations/upgrades.md, and the way back, while people write at a steady rate: two gateways, and two
 * processes each of identity and messaging, are replaced one at a time. Then the history is checked: nothing lost, repeated or reordered.
 */
import { freePort } from '@chat/kit/process/free-port';
import { sql } from '@chat/kit/testing/sql';
import { TestProcess } from '@chat/kit/testing/test-process';
import { setTimeout as sleep } from 'node:timers/promises';
import { RemotePerson } from '../harness/remote-person';
import { listenUntil } from './chaos-clients';
import type { Servers } from './chaos-system';
import { violationsOf, type Heard, type Sent } from './history';
import { Restartable } from './restartable';

/** Accounts that write. */
const SENDERS = 20;
/** The pause before the next attempt, which goes to the other gateway, in milliseconds. */
const RETRY_MS = 50;
/** A message that is not acknowledged within this time has failed, in milliseconds. */
const GIVE_UP_MS = 30_000;
/** The time at full rate before the first and after the last replacement, in milliseconds. */
const STEADY_MS = 2_000;
/** How long listeners may take for the rest at the end, in milliseconds. */
const CATCH_UP_MS = 30_000;

const SEND = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { seq } }';

export interface UpgradeOptions {
  servers: Servers;
  /** Messages a second, of all senders together. */
  perSecond: number;
  /** The pause after each replacement, in milliseconds, in which the new process gets its first requests. Default 0. */
  settleMs?: number;
  /** Other addresses for the processes that replace the first ones, with new credentials. */
  next?: {
    servers: Pick<Servers, 'databaseUrl' | 'redisUrl'>;
    /** Runs while people go on writing. */
    onceReplaced: () => Promise<void>;
  };
  /** The checkout that the first processes run; by default this one. */
  oldCheckout?: string | undefined;
  /** Replaces all processes once more, by those that ran first: gateways first, on the schema of the new version. */
  goesBack?: boolean | undefined;
  progress?: (line: string) => void;
}

export interface UpgradeReport {
  messages: number;
  /** Messages that needed more than one attempt. */
  retried: number;
  /** The longest time in which a subscriber heard nothing, in milliseconds. Includes times in which no message was acknowledged. */
  longestGapMs: number;
  /** The longest time from the acknowledgement of a message until a subscriber heard it, in milliseconds. */
  longestDelayMs: number;
  violations: string[];
}

export async function runUpgrade(options: UpgradeOptions): Promise<UpgradeReport> {
  const { servers, perSecond, settleMs = 0, next, oldCheckout, goesBack = false, progress = () => undefined } = options;
  await using parts = new AsyncDisposableStack();
  const { subgraphs, gateways, urls } = await startProcesses(servers, oldCheckout, parts);
  const processes = [...subgraphs, ...gateways];
  progress(`${processes.length} processes are up`);
  if (oldCheckout) await migrate(servers.databaseUrl, progress);

  const people: RemotePerson[] = [];
  for (let index = 0; index < SENDERS; index++)
    people.push(parts.use(await RemotePerson.registers(urls[index % urls.length]!, `sender${index}`)));
  const { channelId, cursor } = await people[0]!.opens(...people.slice(1));
  progress(`${people.length} people write`);

  const sent: Sent[] = [];
  const acknowledgedAt = new Map<string, number>();
  const violations: string[] = [];
  let retried = 0;
  let isOver = false;
  let isListeningOver = false;
  const send = async (person: RemotePerson, index: number) => {
    const sender = `sender${index}`;
    const gateways = urls.map((url) => parts.use(person.at(url)));
    // One after the other: if all sent at once, the pauses between would count as silence.
    await sleep((index * 1000) / perSecond);
    const beginning = performance.now();
    for (let number = 1; !isOver; number++) {
      const body = `${sender} ${number}`;
      const beganAt = performance.now();
      for (let attempt = 0; ; attempt++) {
        const answer = await gateways[attempt % gateways.length]!.asks<{ sendMessage: { seq: number } }>(SEND, {
          input: { channelId, body, clientMutationId: body },
        }).catch(() => undefined);
        if (answer?.data && !answer.errors) {
          sent.push({ body, sender, seq: answer.data.sendMessage.seq, beganAt });
          acknowledgedAt.set(body, performance.now());
          break;
        }
        if (attempt === 0) retried++;
        if (performance.now() - beganAt > GIVE_UP_MS) {
          violations.push(`"${body}" failed: ${JSON.stringify(answer?.errors)}`);
          break;
        }
        await sleep(RETRY_MS);
      }
      await sleep(Math.max(0, beginning + (number * SENDERS * 1000) / perSecond - performance.now()));
    }
  };
  const heard = new Map<string, Heard[]>(urls.map((url) => [url, []]));
  const listening = urls.map((url) =>
    listenUntil(
      () => isListeningOver,
      [url, ...urls.filter((other) => other !== url)],
      people[0]!.token!,
      channelId,
      cursor,
      heard.get(url)!,
    ),
  );
  const sending = people.map(send);
  const working = Promise.all([...sending, ...listening]);
  working.catch((error: unknown) => violations.push(String(error)));

  const replace = async (process: Restartable, version: string, by: Parameters<Restartable['replace']>[0]) => {
    const before = sent.length;
    const beganAt = performance.now();
    await process.replace(by);
    const replacedMs = Math.round(performance.now() - beganAt);
    await sleep(settleMs);
    const silences = [...heard.values()].map((messages) => silenceSince(messages, beganAt));
    progress(
      `${process.name} is replaced by the ${version} version in ${replacedMs} ms; ${sent.length - before} messages were acknowledged meanwhile, ` +
        `and subscribers heard nothing for up to ${silences.join(' and ')} ms`,
    );
  };
  await sleep(STEADY_MS);
  for (const process of processes) await replace(process, 'new', { env: next && addressesOf(next.servers) });
  await next?.onceReplaced();
  await sleep(STEADY_MS);
  if (goesBack) {
    for (const process of [...gateways, ...subgraphs]) await replace(process, 'old', { cwd: oldCheckout });
    await sleep(STEADY_MS);
  }
  isOver = true;
  await Promise.all(sending);
  const isComplete = () => [...heard.values()].every((messages) => messages.length >= sent.length);
  for (let waitedMs = 0; !isComplete() && waitedMs < CATCH_UP_MS; waitedMs += RETRY_MS) await sleep(RETRY_MS);
  isListeningOver = true;
  await working.catch(() => undefined);

  const told = sent.toSorted((a, b) => a.seq - b.seq).map(({ body }) => body);
  violations.push(
    ...violationsOf({ sent, heard, visits: new Map(), told }),
    ...processes.flatMap(({ unexpectedEnds }) => unexpectedEnds),
  );
  return {
    messages: sent.length,
    retried,
    longestGapMs: longestGap([...heard.values()]),
    longestDelayMs: longestDelay([...heard.values()].flat(), acknowledgedAt),
    violations,
  };
}

const addressesOf = ({ databaseUrl, redisUrl }: Pick<Servers, 'databaseUrl' | 'redisUrl'>) => ({
  DATABASE_URL: databaseUrl,
  REDIS_URL: redisUrl,
});

async function startProcesses(servers: Servers, oldCheckout: string | undefined, parts: AsyncDisposableStack) {
  const env = {
    ...addressesOf(servers),
    REDIS_PREFIX: servers.redisPrefix,
    SECRET_KEY: 'a secret of the rolling upgrade, 32 characters or more',
    RATE_LIMIT_PER_MINUTE: '0',
    ACCESS_TOKEN_LIFETIME_SECONDS: '86400',
    BCRYPT_COST: '4',
    LOG_LEVEL: 'info',
  };
  const start = async (name: string, script: string, isUp: RegExp, more: Record<string, string> = {}) => {
    const port = String(await freePort());
    const options = { args: [script], env: { ...env, ...more, PORT: port }, cwd: oldCheckout };
    const process = parts.use(new Restartable(name, options, isUp));
    return { process, url: `http://127.0.0.1:${port}/graphql` };
  };
  const subgraph = (name: string) => start(name, `subgraphs/${name}/src/main.ts`, /"msg":"ready"/);
  const subgraphs = [
    await subgraph('identity'),
    await subgraph('identity'),
    await subgraph('messaging'),
    await subgraph('messaging'),
  ];
  for (const { process } of subgraphs) await process.started();
  const gatewayEnv = {
    SUBGRAPH_URLS: subgraphs.map(({ process, url }) => `${process.name}=${url}`).join(','),
    TOKEN_INTROSPECTION_URL: subgraphs[0]!.url,
  };
  const gateway = () => start('gateway', 'gateway/src/main.ts', /"msg":"listening"/, gatewayEnv);
  const gateways = [await gateway(), await gateway()];
  for (const { process } of gateways) await process.started();
  return {
    subgraphs: subgraphs.map(({ process }) => process),
    gateways: gateways.map(({ process }) => process),
    urls: gateways.map(({ url }) => url),
  };
}

/** The new version's migrations, while the old one runs. Tells their names. */
async function migrate(databaseUrl: string, progress: (line: string) => void): Promise<void> {
  const applied = async () => {
    const schemas = await sql<{ schema: string }>(
      databaseUrl,
      `select table_schema as schema from information_schema.tables where table_name = 'mikro_orm_migrations' order by 1`,
    );
    const names = schemas.map(async ({ schema }) =>
      (await sql<{ name: string }>(databaseUrl, `select name from ${schema}.mikro_orm_migrations order by id`)).map(
        ({ name }) => `${schema} ${name}`,
      ),
    );
    return (await Promise.all(names)).flat();
  };
  const before = new Set(await applied());
  const known = new Set([...before].map((name) => name.split(' ')[0]));
  await using migration = new TestProcess({ args: ['scripts/migrate.ts'], env: { DATABASE_URL: databaseUrl } });
  const { code } = await migration.exited;
  if (code !== 0) throw new Error(`The migration failed:\n${migration.output}`);
  // Schemas of subgraphs that do not run here are new as a whole.
  const added = (await applied()).filter((name) => !before.has(name) && known.has(name.split(' ')[0]));
  progress(`migrations of the new version: ${added.join(', ') || 'none'}`);
}

const longestGap = (listeners: readonly Heard[][]): number =>
  Math.max(
    ...listeners.flatMap((messages) => messages.slice(1).map(({ at }, index) => Math.round(at - messages[index]!.at))),
  );

const longestDelay = (heard: readonly Heard[], acknowledgedAt: ReadonlyMap<string, number>): number =>
  Math.round(heard.reduce((longest, { body, at }) => Math.max(longest, at - (acknowledgedAt.get(body) ?? at)), 0));

/** The longest time without a message from `time` on, in milliseconds. */
function silenceSince(messages: readonly Heard[], time: number): number {
  const times = [time, ...messages.filter(({ at }) => at > time).map(({ at }) => at), performance.now()];
  return Math.round(Math.max(...times.slice(1).map((at, index) => at - times[index]!)));
}
