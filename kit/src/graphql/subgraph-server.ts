/** A subgraph's own endpoint, for gateways in other processes: POST and WebSocket on `/graphql`, `GET /health`. Nothing on it is for clients. */
import { GraphQLError, parse } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import type { ExecutionArgs, ExecutionResult, GraphQLFormattedError } from 'graphql';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { WebSocketServer } from 'ws';
import { gracefulClose } from '../graceful-close';
import { correlationIdFrom, CORRELATION_HEADER, withCorrelation, type Logger } from '../logging';
import { AUTHORIZE_ONLY_HEADER, StreamFailed, type GraphQLRequest } from './service';
import type { Subgraph } from './subgraph';

/** The largest request that a gateway may send, in bytes; gateways batch entity representations. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

export interface SubgraphServer extends AsyncDisposable {
  /** `http://host:port/graphql` */
  url: string;
}

/** Listens on `port` (0: any free one). Disposing it ends subscriptions and waits for requests in flight. */
export async function serveSubgraph(
  subgraph: Subgraph,
  { host, port, log }: { host: string; port: number; log: Logger },
): Promise<SubgraphServer> {
  const server = createServer((request, response) => {
    const correlationId = correlationIdFrom(request.headers[CORRELATION_HEADER]);
    void withCorrelation(correlationId, () =>
      handle(subgraph, request, response).catch((error: unknown) => {
        log.error({ err: error }, 'a request failed outside GraphQL');
        if (!response.headersSent)
          send(response, 500, {
            errors: [{ message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
          });
      }),
    );
  });
  const close = gracefulClose(server);
  server.keepAliveTimeout = 65_000; // longer than the gateways' own, so that they never write into a closing socket
  const sockets = new WebSocketServer({ server, path: '/graphql', maxPayload: MAX_BODY_BYTES });
  const live = serveSubscriptions(subgraph, sockets, log);
  await once(server.listen(port, host), 'listening');
  const address = server.address() as AddressInfo;
  return {
    url: `http://${address.address.includes(':') ? `[${address.address}]` : address.address}:${address.port}/graphql`,
    async [Symbol.asyncDispose]() {
      await live.dispose();
      await close();
    },
  };
}

/** What graphql-ws looks at to see that a subscription was asked for; the service has parsed and validated the real one. */
const ANY_SUBSCRIPTION = parse('subscription { any }');

/** Each subscribe message brings the headers of its own request (viewer, correlation id) in `extensions.headers`. */
function serveSubscriptions(subgraph: Subgraph, sockets: WebSocketServer, log: Logger) {
  return useServer(
    {
      onSubscribe: async (_socket, _id, payload) => {
        const headers = textHeaders(payload.extensions?.headers);
        const request: GraphQLRequest = {
          query: payload.query,
          operationName: payload.operationName ?? undefined,
          variables: payload.variables ?? undefined,
        };
        const started = subgraph.service.subscribe(request, { headers });
        const stream = await started.catch(
          (error: unknown) => new GraphQLError(String(error), { originalError: toError(error) }),
        );
        if (stream instanceof GraphQLError) return [stream]; // thrown on, it would close the socket of all streams
        if ('errors' in stream) return [failure(new StreamFailed(stream.errors))];
        return { document: ANY_SUBSCRIPTION, stream } as unknown as ExecutionArgs;
      },
      subscribe: (args) => (args as unknown as { stream: AsyncIterableIterator<ExecutionResult> }).stream,
      // graphql-ws expects instances of GraphQLError. Services give errors as plain objects, which are ready to be sent.
      onNext: (_socket, _id, _payload, _args, result) => result,
      onError: (_socket, _id, _payload, errors) => errors.flatMap((error) => sentErrors(error, log)),
    },
    sockets,
  );
}

/** The values that are texts, as over HTTP. Anybody who reaches the socket can send others. */
function textHeaders(headers: unknown): Record<string, string> {
  const entries: [string, unknown][] = Object.entries(headers ?? {});
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** One error that stands for all of a refused or failed stream. */
function failure(failed: StreamFailed): GraphQLError {
  return new GraphQLError(failed.message, { originalError: failed });
}

/** The content of an `error` message. An error that no service has formatted says nothing about its cause. */
function sentErrors({ originalError }: GraphQLError, log: Logger): readonly GraphQLFormattedError[] {
  if (originalError instanceof StreamFailed) return originalError.errors;
  log.error({ err: originalError }, 'a subscription failed outside GraphQL');
  return [{ message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR' } }];
}

async function handle(subgraph: Subgraph, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url?.split('?')[0] ?? '/';
  if (path === '/health') {
    const parts = await subgraph.health();
    const isHealthy = Object.values(parts).every(Boolean);
    return send(response, isHealthy ? 200 : 503, { status: isHealthy ? 'ok' : 'unavailable', parts });
  }
  if (path !== '/graphql') {
    if (await subgraph.handleHttp?.(request, response)) return;
    return send(response, 404, { error: 'Not found' });
  }
  if (request.method !== 'POST') return send(response, 405, { error: 'Use POST' }, { allow: 'POST' });
  const announced = request.headers['content-length'];
  if (Number(announced ?? 0) > MAX_BODY_BYTES) return send(response, 413, { error: 'Too large' });
  const source = announced === undefined ? upToLimit(request) : request;
  const body = (await json(source).catch(() => undefined)) as GraphQLRequest | undefined;
  if (typeof body?.query !== 'string')
    return send(response, 400, {
      errors: [{ message: 'Send a JSON object with a query.', extensions: { code: 'BAD_REQUEST' } }],
    });
  const { service } = subgraph;
  const call = { headers: request.headers as Record<string, string> };
  send(
    response,
    200,
    AUTHORIZE_ONLY_HEADER in call.headers ? await service.authorize(body, call) : await service.execute(body, call),
  );
}

/** A body that does not say how long it is; whoever sends too much loses the connection. */
async function* upToLimit(request: IncomingMessage): AsyncGenerator<Buffer> {
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) request.socket.destroy();
    yield chunk;
  }
}

function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}
