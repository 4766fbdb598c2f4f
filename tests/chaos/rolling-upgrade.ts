/**
 * A rolling upgrade by the steps of docs/operations/upgrades.md, while people write at a steady rate: two gateways, and two processes each of
 * identity and messaging, are replaced one at a time. Then the history is checked: nothing lost, repeated or reordered.
 */
import { freePort } from '@chat/kit/process/free-port';
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
  oldCheckout?: string;
  progress?: (line: string) => void;
}

export interface UpgradeReport {
  messages: number;
  /** Messages that needed more than one attempt. */
  retried: number;
  /** The longest time in which a subscriber heard nothing, in milliseconds. */
  longestGapMs: number;
  violations: string[];
}

export async function runUpgrade(options: UpgradeOptions): Promise<UpgradeReport> {
  const { servers, perSecond, settleMs = 0, next, oldCheckout, progress = () => undefined } = options;
  await using parts = new AsyncDisposableStack();
  const { processes, urls } = await startProcesses(servers, oldCheckout, parts);
  progress(`${processes.length} processes are up`);

  const people: RemotePerson[] = [];
  for (let index = 0; index < SENDERS; index++)
    people.push(parts.use(await RemotePerson.registers(urls[index % urls.length]!, `sender${index}`)));
  const { channelId, cursor } = await people[0]!.opens(...people.slice(1));
  progress(`${people.length} people write`);

  const sent: Sent[] = [];
  const violations: string[] = [];
  let retried = 0;
  let isOver = false;
  let isListeningOver = false;
  const send = async (person: RemotePerson, sender: string) => {
    const gateways = urls.map((url) => parts.use(person.at(url)));
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
  const sending = people.map((person, index) => send(person, `sender${index}`));
  const working = Promise.all([...sending, ...listening]);
  working.catch((error: unknown) => violations.push(String(error)));

  await sleep(STEADY_MS);
  for (const process of processes) {
    const before = sent.length;
    const beganAt = performance.now();
    await process.replace(next && addressesOf(next.servers));
    const replacedMs = Math.round(performance.now() - beganAt);
    await sleep(settleMs);
    const silences = [...heard.values()].map((messages) => silenceSince(messages, beganAt));
    progress(
      `${process.name} is replaced in ${replacedMs} ms; ${sent.length - before} messages were acknowledged meanwhile, ` +
        `and subscribers heard nothing for up to ${silences.join(' and ')} ms`,
    );
  }
  await next?.onceReplaced();
  await sleep(STEADY_MS);
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
  return { messages: sent.length, retried, longestGapMs: longestGap([...heard.values()]), violations };
}

const addressesOf = ({ databaseUrl, redisUrl }: Pick<Servers, 'databaseUrl' | 'redisUrl'>) => ({
  DATABASE_URL: databaseUrl,
  REDIS_URL: redisUrl,
});

/** In the order in which they are to be replaced. */
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
  if (oldCheckout) await migrate(servers.databaseUrl);
  const gatewayEnv = {
    SUBGRAPH_URLS: subgraphs.map(({ process, url }) => `${process.name}=${url}`).join(','),
    TOKEN_INTROSPECTION_URL: subgraphs[0]!.url,
  };
  const gateway = () => start('gateway', 'gateway/src/main.ts', /"msg":"listening"/, gatewayEnv);
  const gateways = [await gateway(), await gateway()];
  for (const { process } of gateways) await process.started();
  return {
    processes: [...subgraphs, ...gateways].map(({ process }) => process),
    urls: gateways.map(({ url }) => url),
  };
}

/** The new version's migrations, while the old one runs. */
async function migrate(databaseUrl: string): Promise<void> {
  await using migration = new TestProcess({ args: ['scripts/migrate.ts'], env: { DATABASE_URL: databaseUrl } });
  const { code } = await migration.exited;
  if (code !== 0) throw new Error(`The migration failed:\n${migration.output}`);
}

const longestGap = (listeners: readonly Heard[][]): number =>
  Math.max(
    ...listeners.flatMap((messages) => messages.slice(1).map(({ at }, index) => Math.round(at - messages[index]!.at))),
  );

/** The longest time without a message from `time` on, in milliseconds. */
function silenceSince(messages: readonly Heard[], time: number): number {
  const times = [time, ...messages.filter(({ at }) => at > time).map(({ at }) => at), performance.now()];
  return Math.round(Math.max(...times.slice(1).map((at, index) => at - times[index]!)));
}
