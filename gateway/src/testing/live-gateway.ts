/** A gateway over the newsroom, with WebSocket clients for tests. */
import { eventually } from '@chat/kit/testing/eventually';
import { ACCESS_TOKEN } from '@chat/identity-client/sessions/access-token';
import { randomUUID } from 'node:crypto';
import { createClient, type Client, type ClientOptions } from 'graphql-ws';
import { sign } from 'jsonwebtoken';
import { WebSocket } from 'ws';
import type { ExecutionResult } from 'graphql';
import type { Logger } from '@chat/kit/logging';
import { createGateway, type Gateway } from '../create-gateway';
import { loadGatewayConfig } from '../config';
import { PushStream } from '../subscriptions/push-stream';
import { StaticSupergraphSource } from '../supergraph/source';
import {
  authorsService,
  desksService,
  Newsroom,
  newsroomSupergraph,
  SECRET_KEY,
  type NewsroomService,
} from './newsroom';

export interface LiveGateway extends AsyncDisposable {
  gateway: Gateway;
  /** `http://…/graphql` */
  url: string;
  wsUrl: string;
  room: Newsroom;
  desks: NewsroomService;
  authors: NewsroomService;
  source: StaticSupergraphSource;
}

/**
 * `env` overrides settings without limits. Pass one `room` to several gateways to serve the same graph. Subgraphs in `urls` are
 * called over the network, the others in process.
 */
export async function startLiveGateway(
  env: Record<string, string> = {},
  room = new Newsroom(),
  urls: { desks?: string; authors?: string } = {},
  log?: Logger,
): Promise<LiveGateway> {
  const source = new StaticSupergraphSource(newsroomSupergraph(undefined, urls));
  const desks = desksService(room);
  const authors = authorsService(room);
  const config = loadGatewayConfig({
    PORT: '0',
    SECRET_KEY,
    RATE_LIMIT_PER_MINUTE: '0',
    LOG_LEVEL: 'silent',
    LIVE_DRAIN_MS: '0',
    ...env,
  });
  const gateway = await createGateway(config, {
    source,
    log,
    subgraphs: [
      { name: 'desks', service: desks },
      { name: 'authors', service: authors },
    ].filter(({ name }) => !(name in urls)),
  });
  const { url } = gateway;
  return {
    gateway,
    url,
    wsUrl: url.replace(/^http/, 'ws'),
    room,
    desks,
    authors,
    source,
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  };
}

/** Signs an access token like identity. `expiresIn` is in seconds. */
export function tokenFor(userId: string, { sessionId = randomUUID(), expiresIn = 600 } = {}): string {
  const claims = { sid: sessionId, roles: ['USER'], permissions: ['READ'] };
  return sign(claims, SECRET_KEY, {
    subject: userId,
    ...ACCESS_TOKEN,
    expiresIn,
  });
}

export const bearer = (userId: string) => ({ authorization: `Bearer ${tokenFor(userId)}` });

/** A stock graphql-ws client. */
export function socketClient(
  wsUrl: string,
  userId?: string,
  options: Partial<ClientOptions> = {},
): Client & Disposable {
  const client = createClient({
    url: wsUrl,
    webSocketImpl: WebSocket,
    connectionParams: userId ? bearer(userId) : undefined,
    retryAttempts: 0,
    ...options,
  });
  return Object.assign(client, { [Symbol.dispose]: () => void client.dispose() });
}

/** Subscribes. The stream fails with the argument of `error`. */
export function follow(
  client: Client,
  query: string,
  variables: Record<string, unknown> = {},
): PushStream<ExecutionResult> {
  const stream: PushStream<ExecutionResult> = new PushStream(() => stop());
  const stop = client.subscribe<Record<string, unknown>>(
    { query, variables },
    {
      next: (result) => stream.push(result as ExecutionResult),
      error: (error) => stream.fail(error),
      complete: () => stream.end(),
    },
  );
  return stream;
}

/** Reads `count` values. */
export async function take<T>(stream: AsyncIterator<T>, count: number): Promise<T[]> {
  const values: T[] = [];
  while (values.length < count) {
    const { value, done } = await stream.next();
    if (done) throw new Error(`The stream ended after ${values.length} of ${count} values: ${JSON.stringify(values)}`);
    values.push(value);
  }
  return values;
}

/** Resolves when `condition` holds. @throws if it still does not after twenty seconds */
export async function until(condition: () => boolean): Promise<void> {
  await eventually(condition);
}
