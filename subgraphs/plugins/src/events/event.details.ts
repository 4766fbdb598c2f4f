/** Loads the details of an event for a plugin, through the graph and as its bot: it learns nothing that its bot may not see. */
import type { EntityManager } from '@chat/kit/database/database';
import type { GraphClient } from '../graph/graph.client';

const MESSAGE = `query ($id: ID!) { message(id: $id) {
  id seq body parent { id } author { id displayName isBot }
} }`;
const TICKET = `query ($id: ID!) { ticket(id: $id) { id title status priority labels } }`;
const CHANNEL = `query ($id: ID!) { channel(id: $id) { id name } }`;
const PAGE = `query ($slug: String!, $locale: String) { wikiPage(slug: $slug, locale: $locale) {
  id slug title locale version tags
} }`;
const ROOM = `query ($id: ID!) { room(id: $id) { id name } }`;
const USER = `query ($id: ID!) { user(id: $id) { id displayName isBot } }`;
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

/** The argument of the handler; null if the bot may not see what the event is about, or if that exists no longer. */
export async function detailsOf({ graph, fork }: Deps, key: string, delivery: Delivery): Promise<object | null> {
  const { stream, seq, event, payload, createdAt } = delivery;
  const [, kind = '', id = ''] = /^([\w-]+):(.*)$/.exec(stream) ?? [];
  const base = { id: `${stream}:${seq}`, type: event, at: createdAt.toISOString() };
  if (kind === 'channel') {
    const channel = await find(graph, key, CHANNEL, 'channel', id);
    if (!channel) return null;
    const isThere = event !== 'messageDeleted' && typeof payload['messageId'] === 'string';
    const message = isThere ? await find(graph, key, MESSAGE, 'message', payload['messageId'] as string) : undefined;
    if (message === null) return null;
    const { body, ...rest } = (message ?? {}) as { body?: string };
    return {
      ...base,
      channelId: id,
      channel,
      ...(message && { message: { ...rest, text: body } }),
      ...(payload['messageId'] !== undefined && { messageId: payload['messageId'] }),
    };
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

/** @throws if the graph is not available, so that the event is delivered later */
async function ask(
  graph: GraphClient,
  key: string,
  query: string,
  field: string,
  variables: Record<string, unknown>,
): Promise<object | null> {
  const { data, errors } = await graph.ask(key, query, variables);
  const codes = (errors ?? []).map(({ extensions }) => extensions?.code);
  if (codes.some((code) => code === 'SERVICE_UNAVAILABLE' || code === 'TIMEOUT' || code === 'RATE_LIMITED'))
    throw new Error(`The graph is not available: ${codes.join(', ')}`);
  return (data?.[field] as object | null | undefined) ?? null;
}
