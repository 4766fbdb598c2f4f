/** Loads the details of an event for a plugin, through the graph and as its bot: it learns nothing that its bot may not see. */
import type { EntityManager } from '@chat/kit/database/database';
import type { GraphClient } from '../graph/graph.client';

const AUTHOR_FIELDS = '{ id displayName isBot }';
const MESSAGE_FIELDS = '{ id seq body parent { id } author { id } }';
const MESSAGE = `query ($id: ID!) { message(id: $id) { id seq body parent { id } author ${AUTHOR_FIELDS} } }`;
const TICKET = `query ($id: ID!) { ticket(id: $id) { id title status priority labels } }`;
const CHANNEL = `query ($id: ID!) { channel(id: $id) { id name } }`;
const PAGE = `query ($slug: String!, $locale: String) { wikiPage(slug: $slug, locale: $locale) {
  id slug title locale version tags
} }`;
const ROOM = `query ($id: ID!) { room(id: $id) { id name } }`;
const USER = `query ($id: ID!) { user(id: $id) ${AUTHOR_FIELDS} }`;
const FILE = `query ($id: ID!) { file(id: $id) { id name mimeType size } }`;

/** A delivery that waits, or has been read from the table. */
export interface Delivery {
  stream: string;
  seq: number;
  event: string;
  payload: Record<string, unknown>;
  createdAt: Date;
}

interface Deps {
  graph: GraphClient;
  fork: () => EntityManager;
}

type Details = object | null;

/** Objects of a graph's type that were read for some plugin, by id. */
type Known = Map<string, object>;

/** What was read for some plugin. All readers of a channel may read all its messages, and see the same of them and their authors. */
export class ReadObjects {
  readonly messages: Known = new Map();
  readonly authors: Known = new Map();
}

/** Objects that are read in one request, as the gateway limits the aliases of an operation. */
const ALIASES = 16;

/** The arguments of the handlers for events in the order of their deliveries, as {@link detailsOf} gives them. */
export async function detailsOfAll(
  deps: Deps,
  key: string,
  deliveries: readonly Delivery[],
  known: ReadObjects,
): Promise<Details[]> {
  const groups = new Map<string, Delivery[]>();
  for (const delivery of deliveries) groups.set(delivery.stream, [...(groups.get(delivery.stream) ?? []), delivery]);
  const found = new Map<Delivery, Details>();
  for (const [stream, group] of groups) {
    const details = (await channelDetails(deps.graph, key, stream, group, known)) ?? (await oneByOne(deps, key, group));
    for (const [index, delivery] of group.entries()) found.set(delivery, details[index]!);
  }
  return deliveries.map((delivery) => found.get(delivery) ?? null);
}

async function oneByOne(deps: Deps, key: string, deliveries: readonly Delivery[]): Promise<Details[]> {
  const details: Details[] = [];
  for (const delivery of deliveries) details.push(await detailsOf(deps, key, delivery));
  return details;
}

/** Undefined if one of them cannot be read, for which the others must not be lost. */
async function channelDetails(
  graph: GraphClient,
  key: string,
  stream: string,
  deliveries: readonly Delivery[],
  known: ReadObjects,
): Promise<Details[] | undefined> {
  const [, id] = /^channel:(.*)$/.exec(stream) ?? [];
  if (id === undefined) return undefined;
  const { data, errors } = await asked(graph, key, CHANNEL, { id });
  const channel = data?.['channel'] as object | null | undefined;
  if (errors || !channel) return undefined;
  const ids = deliveries.flatMap((delivery) => messageIdOf(delivery) ?? []);
  if (!(await readAll(graph, key, 'message', MESSAGE_FIELDS, ids, known.messages))) return undefined;
  const authorOf = (message: object | undefined) => (message as { author?: { id: string } } | undefined)?.author?.id;
  const authors = ids.flatMap((messageId) => authorOf(known.messages.get(messageId)) ?? []);
  if (!(await readAll(graph, key, 'user', AUTHOR_FIELDS, authors, known.authors))) return undefined;
  return deliveries.map((delivery) => {
    const message = known.messages.get(messageIdOf(delivery) ?? '');
    const author = known.authors.get(authorOf(message) ?? '');
    return inChannel(delivery, channel, message && { ...message, ...(author && { author }) });
  });
}

/** Reads objects that are not known yet. @returns false if one of them cannot be read */
async function readAll(
  graph: GraphClient,
  key: string,
  field: 'message' | 'user',
  fields: string,
  ids: readonly string[],
  known: Known,
): Promise<boolean> {
  const unknown = [...new Set(ids)].filter((id) => !known.has(id));
  for (let at = 0; at < unknown.length; at += ALIASES) {
    const some = unknown.slice(at, at + ALIASES);
    // A few sizes, so that the gateway knows their plans.
    const numbers = Array.from({ length: 2 ** Math.ceil(Math.log2(some.length)) }, (_, index) => index);
    const query = `query (${numbers.map((index) => `$i${index}: ID!`).join(', ')}) { ${numbers
      .map((index) => `o${index}: ${field}(id: $i${index}) ${fields}`)
      .join(' ')} }`;
    const variables = Object.fromEntries(numbers.map((index) => [`i${index}`, some[index] ?? some.at(-1)!]));
    const { data, errors } = await asked(graph, key, query, variables);
    if (errors || !data) return false;
    for (const [index, id] of some.entries()) known.set(id, data[`o${index}`] as object);
  }
  return true;
}

/** The message that a plugin gets with the event. */
const messageIdOf = ({ event, payload: { messageId } }: Delivery): string | undefined =>
  event !== 'messageDeleted' && typeof messageId === 'string' ? messageId : undefined;

const baseOf = ({ stream, seq, event, createdAt }: Delivery) => ({
  id: `${stream}:${seq}`,
  type: event,
  at: createdAt.toISOString(),
});

function inChannel(delivery: Delivery, channel: object, found: object | undefined): object {
  const { messageId } = delivery.payload;
  const { body, ...rest } = (found ?? {}) as { body?: string };
  return {
    ...baseOf(delivery),
    channelId: delivery.stream.slice('channel:'.length),
    channel,
    ...(found && { message: { ...rest, text: body } }),
    ...(messageId !== undefined && { messageId }),
  };
}

/** The argument of the handler; null if the bot may not see what the event is about, or if that exists no longer. */
async function detailsOf({ graph, fork }: Deps, key: string, delivery: Delivery): Promise<Details> {
  const { stream, payload } = delivery;
  const [, kind = '', id = ''] = /^([\w-]+):(.*)$/.exec(stream) ?? [];
  const base = baseOf(delivery);
  if (kind === 'channel') {
    const channel = await find(graph, key, CHANNEL, 'channel', id);
    if (!channel) return null;
    const messageId = messageIdOf(delivery);
    const message = messageId === undefined ? undefined : await find(graph, key, MESSAGE, 'message', messageId);
    return message === null ? null : inChannel(delivery, channel, message);
  }
  if (kind === 'project') {
    const ticket = await find(graph, key, TICKET, 'ticket', String(payload['ticketId']));
    return ticket && { ...base, projectId: id, ticket, fields: payload['fields'] ?? [] };
  }
  if (kind === 'wiki-page') {
    const page = await findPage(graph, fork(), key, id);
    return page && { ...base, page };
  }
  if (kind === 'room') {
    const room = await find(graph, key, ROOM, 'room', id);
    const user = room && (await find(graph, key, USER, 'user', String(payload['userId'])));
    const { gesture, confidence } = payload;
    return user && { ...base, room, user, gesture, confidence };
  }
  const file = await find(graph, key, FILE, 'file', id);
  return file && { ...base, file };
}

/** The graph finds pages by their paths. */
async function findPage(graph: GraphClient, em: EntityManager, key: string, id: string): Promise<object | null> {
  const [path] = await em.execute<{ slug: string; locale: string }[]>(
    'select slug, locale from knowledge.wiki_pages where id = ?',
    [id],
  );
  const page = path && ((await ask(graph, key, PAGE, 'wikiPage', path)) as { id: string } | null);
  return page?.id === id ? page : null;
}

const find = (graph: GraphClient, key: string, query: string, field: string, id: string): Promise<object | null> =>
  ask(graph, key, query, field, { id });

async function ask(
  graph: GraphClient,
  key: string,
  query: string,
  field: string,
  variables: Record<string, unknown>,
): Promise<object | null> {
  const { data } = await asked(graph, key, query, variables);
  return (data?.[field] as object | null | undefined) ?? null;
}

/** @throws if the graph is not available, so that the event is delivered later */
async function asked(graph: GraphClient, key: string, query: string, variables: Record<string, unknown>) {
  const answer = await graph.ask(key, query, variables);
  const codes = (answer.errors ?? []).map(({ extensions }) => extensions?.code);
  if (codes.some((code) => code === 'SERVICE_UNAVAILABLE' || code === 'TIMEOUT' || code === 'RATE_LIMITED'))
    throw new Error(`The graph is not available: ${codes.join(', ')}`);
  return answer;
}
