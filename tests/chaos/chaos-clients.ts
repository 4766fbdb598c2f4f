/** The clients of a chaos run: they send, subscribe, resume by cursor, and are removed, banned and readmitted. */
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { parse, print } from 'graphql';
import { createClient } from 'graphql-ws';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import type { RemotePerson } from '../harness/remote-person';
import type { Absence, Heard, Sent } from './history';

const mutation = <Data, Variables>(text: string) => parse(text) as TypedDocumentNode<Data, Variables>;

interface MemberVariables {
  channelId: string;
  userId: string;
}
const SEND = mutation<{ sendMessage: { seq: number } }, { input: object }>(
  'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { seq } }',
);
const OUT = {
  removed: mutation<object, MemberVariables>(
    'mutation ($channelId: ID!, $userId: ID!) { removeMember(channelId: $channelId, userId: $userId) { id } }',
  ),
  banned: mutation<object, MemberVariables>(
    'mutation ($channelId: ID!, $userId: ID!) { banMember(channelId: $channelId, userId: $userId) }',
  ),
};
const UNBAN = mutation<object, MemberVariables>(
  'mutation ($channelId: ID!, $userId: ID!) { unbanMember(channelId: $channelId, userId: $userId) }',
);
const ADD_MEMBERS = mutation<object, { channelId: string; userIds: string[] }>(
  'mutation ($channelId: ID!, $userIds: [ID!]!) { addMembers(channelId: $channelId, userIds: $userIds) { id } }',
);
const EVENTS = print(
  parse(`subscription ($channelId: ID!, $after: String) {
    channelEvents(channelId: $channelId, after: $after) { __typename cursor ... on MessageAdded { message { seq body author { username } } } }
  }`),
);
interface Event {
  __typename: string;
  cursor: string;
  message?: { seq: number; body: string };
}

/** The pause before the next attempt at an unavailable server, in milliseconds. */
const RETRY_MS = 50;
/** The pause between a sender's messages, in milliseconds; a webhook's deliveries are sequential. */
const PAUSE_MS = 100;
/** The deadline of an answer, in milliseconds. */
const ANSWER_MS = 15_000;
/** Error codes that leave open if the mutation was committed. */
const AMBIGUOUS = new Set(['SERVICE_UNAVAILABLE', 'TIMEOUT', 'INTERNAL_SERVER_ERROR']);

/** Repeats an operation until it has an unambiguous answer. */
async function insist<Variables extends object>(
  client: RemotePerson,
  document: TypedDocumentNode<object, Variables>,
  variables: Variables,
): Promise<Record<string, unknown> | undefined> {
  for (;;) {
    const late = sleep(ANSWER_MS, undefined, { ref: false });
    const answer = await Promise.race([client.asks(document, variables).catch(() => undefined), late]);
    const code = answer?.errors?.[0]?.extensions?.['code'];
    if (answer?.data && !answer.errors) return answer.data as Record<string, unknown>;
    if (code && !AMBIGUOUS.has(code as string)) return undefined; // an earlier attempt was committed
    await sleep(RETRY_MS);
  }
}

/** Sends one message after the other until `isOver`, each until it is acknowledged. */
export async function sendUntil(
  isOver: () => boolean,
  client: RemotePerson,
  channelId: string,
  sender: string,
  sent: Sent[],
): Promise<void> {
  for (let number = 1; !isOver(); number++) {
    const body = `${sender} ${number}`;
    const beganAt = performance.now();
    const answer = await insist(client, SEND, { input: { channelId, body, clientMutationId: body } });
    if (!answer) throw new Error(`"${body}" was refused.`);
    sent.push({ body, sender, seq: (answer as { sendMessage: { seq: number } }).sendMessage.seq, beganAt });
    await sleep(PAUSE_MS);
  }
}

/** Collects a channel's messages until `isOver`, resuming by cursor after each interruption. */
export async function listenUntil(
  isOver: () => boolean,
  urls: readonly string[],
  token: string,
  channelId: string,
  after: string,
  heard: Heard[],
): Promise<void> {
  let cursor = after;
  for (let attempt = 0; !isOver(); attempt++) {
    const client = createClient({
      url: urls[attempt % urls.length]!.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      keepAlive: 2000,
      connectionParams: { authorization: `Bearer ${token}` },
    });
    endSilentSockets(client);
    const stream = client.iterate<{ channelEvents: Event }>({ query: EVENTS, variables: { channelId, after: cursor } });
    const watch = setInterval(() => {
      if (isOver()) void stream.return?.();
    }, RETRY_MS);
    try {
      for await (const { data } of stream) {
        if (!data) break; // an interruption, or the end of access
        const { __typename: type, cursor: next, message } = data.channelEvents;
        if (type === 'HistoryGap') throw new Error('History was lost.');
        cursor = next;
        if (message) heard.push({ ...message, at: performance.now() });
      }
    } catch (error) {
      if (error instanceof Error && error.message === 'History was lost.') throw error;
    } finally {
      clearInterval(watch);
      void client.dispose();
    }
    if (!isOver()) await sleep(RETRY_MS);
  }
}

/** A stopped gateway answers no ping; its clients go to another one. */
function endSilentSockets(client: ReturnType<typeof createClient>): void {
  let timer: NodeJS.Timeout | undefined;
  client.on('ping', (received) => {
    if (!received) timer = setTimeout(() => client.terminate(), 5000);
  });
  client.on('pong', (received) => {
    if (received) clearTimeout(timer);
  });
  client.on('closed', () => clearTimeout(timer));
}

/** Removes or bans an account and readmits it until `isOver`, with `rest` in between. */
export async function expelUntil(
  isOver: () => boolean,
  owner: RemotePerson,
  member: MemberVariables,
  absences: Absence[],
  rest: () => Promise<void>,
): Promise<void> {
  for (let turn = 0; !isOver(); turn++) {
    const isBan = turn % 2 === 1;
    await rest();
    await insist(owner, isBan ? OUT.banned : OUT.removed, member);
    const absence = { from: performance.now(), until: Infinity };
    absences.push(absence);
    await rest();
    absence.until = performance.now();
    if (isBan) await insist(owner, UNBAN, member);
    await insist(owner, ADD_MEMBERS, { channelId: member.channelId, userIds: [member.userId] });
  }
}
