/** One chaos run: clients at work, one fault after the other, then the check of the recorded history. */
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { parse } from 'graphql';
import { setTimeout as sleep } from 'node:timers/promises';
import { RemotePerson } from '../harness/remote-person';
import { CreateChannelDocument, MeDocument } from '../generated/operations';
import { expelUntil, listenUntil, sendUntil } from './chaos-clients';
import { ChaosSystem, type Servers } from './chaos-system';
import { FAULTS, type FaultName } from './faults';
import { violationsOf, type History } from './history';
import { WebhookReceiver } from './webhook-receiver';

const CREATE_WEBHOOK = parse(
  'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { id } }',
) as TypedDocumentNode<object, { input: { url: string; events: string[]; channelId: string } }>;

const SENDERS = 3;
/** Messages that must be acknowledged after each fault, and their deadline in milliseconds. */
const MESSAGES_BETWEEN_FAULTS = 15;
const PROGRESS_MS = 60_000;
/** The longest time without progress of listeners and the webhook while they catch up at the end, in milliseconds. */
const CATCH_UP_MS = 30_000;

export interface ChaosOptions {
  servers: Servers;
  /** The seed of all random choices. */
  seed: number;
  /** The next fault, or undefined to end. */
  nextFault: (chance: (below: number) => number) => FaultName | undefined;
  progress?: (line: string) => void;
}

export interface ChaosReport {
  faults: FaultName[];
  messages: number;
  removals: number;
  /** All violations; empty after a good run. */
  violations: string[];
}

export async function runChaos({ servers, seed, nextFault, progress }: ChaosOptions): Promise<ChaosReport> {
  await using parts = new AsyncDisposableStack();
  const system = parts.use(await ChaosSystem.start(servers));
  progress?.('the system is up');
  const { urls } = system;
  const names = Array.from({ length: SENDERS }, (_, index) => `sender${index}`);
  const people = await Promise.all([...names, 'visitor'].map((name) => RemotePerson.registers(urls[0]!, name)));
  people.forEach((client) => parts.use(client));
  const visitor = people.at(-1)!;
  const owner = people[0]!;
  const idOf = async (client: RemotePerson) => (await client.does(MeDocument, {})).me.id;
  const userIds = await Promise.all(people.slice(1).map(idOf));
  const channel = await owner.does(CreateChannelDocument, {
    input: { name: 'chaos', type: 'PRIVATE', memberIds: userIds },
  });
  const channelId = channel.createChannel.id;
  const { cursor } = await owner.sends(channelId, 'hello', { select: 'cursor' });
  const userId = userIds.at(-1)!;
  const receiver = parts.use(await new WebhookReceiver().started());
  await owner.does(CREATE_WEBHOOK, { input: { url: receiver.url, events: ['MessageAdded'], channelId } });

  const history: History = { sent: [], heard: new Map(), visits: new Map(), told: [] };
  const faults: FaultName[] = [];
  const violations: string[] = [];
  let isSendingOver = false;
  let isListeningOver = false;
  const untilSent = async (count: number) => {
    const goal = history.sent.length + count;
    while (history.sent.length < goal && !isSendingOver) await sleep(20);
  };

  const listen = (
    token: string,
    from: readonly string[],
    heard: History['heard'] extends Map<string, infer H> ? H : never,
  ) => listenUntil(() => isListeningOver, from, token, channelId, cursor, heard);
  const listening = names.slice(0, 2).map((name, index) => {
    history.heard.set(name, []);
    return listen(people[index]!.token!, [...urls.slice(index), ...urls.slice(0, index)], history.heard.get(name)!);
  });
  const visit = { heard: [], absences: [] };
  history.visits.set('visitor', visit);
  listening.push(listen(visitor.token!, urls, visit.heard));
  const sending = names.map((name, index) =>
    sendUntil(() => isSendingOver, people[index]!, channelId, name, history.sent),
  );
  sending.push(
    expelUntil(
      () => isSendingOver,
      owner,
      { channelId, userId },
      visit.absences,
      () => untilSent(20),
    ),
  );
  const working = Promise.all([...sending, ...listening]);
  working.catch((error: unknown) => violations.push(String(error)));

  const chance = random(seed);
  await untilSent(MESSAGES_BETWEEN_FAULTS);
  for (let name = nextFault(chance); name && violations.length === 0; name = nextFault(chance)) {
    const before = history.sent.length;
    faults.push(name);
    await FAULTS[name](system, chance);
    const isMoving = await within(PROGRESS_MS, () => history.sent.length >= before + MESSAGES_BETWEEN_FAULTS);
    if (!isMoving) violations.push(`after "${name}" nothing was acknowledged for ${PROGRESS_MS / 1000} s`);
    progress?.(`${name}: ${history.sent.length - before} messages acknowledged meanwhile`);
  }

  isSendingOver = true;
  await Promise.race([Promise.all(sending), sleep(PROGRESS_MS, undefined, { ref: false })]);
  const arrived = () => [...history.heard.values()].map((heard) => heard.length).concat(receiver.told.length);
  for (let before = -1; arrived().some((count) => count < history.sent.length);) {
    const total = () => arrived().reduce((sum, count) => sum + count, 0);
    if (total() === before) break;
    before = total();
    progress?.(`catching up: ${arrived().join(', ')} of ${history.sent.length}`);
    await within(CATCH_UP_MS, () => total() > before);
    await sleep(500);
  }
  isListeningOver = true;
  await Promise.race([working.catch(() => undefined), sleep(CATCH_UP_MS, undefined, { ref: false })]);
  history.told = receiver.told;
  violations.push(...violationsOf(history), ...system.processes.flatMap((process) => process.unexpectedEnds));
  return { faults, messages: history.sent.length, removals: visit.absences.length, violations };
}

async function within(ms: number, isSo: () => boolean): Promise<boolean> {
  const deadline = performance.now() + ms;
  while (!isSo() && performance.now() < deadline) await sleep(20);
  return isSo();
}

/** Pseudo-random numbers from 0 to below `below` (mulberry32). */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}
