/** Subscriptions of a subgraph over graphql-transport-ws. Each subscribe message brings the headers of its own request in `extensions.headers`. */
import { GraphQLError, parse, type ExecutionArgs, type ExecutionResult, type GraphQLFormattedError } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { correlationIdFrom, CORRELATION_HEADER, withCorrelation, type Logger } from '../logging';
import { StreamFailed, type GraphQLRequest } from './service';
import { OwnEvents, SharedEvents, TAKES_SHARED_EVENTS_HEADER } from './shared-events';
import type { Subgraph } from './subgraph';

/** The document by which graphql-ws recognises a subscription. The service has parsed and validated the real one. */
const ANY_SUBSCRIPTION = parse('subscription { any }');

export interface SubscriptionServer extends AsyncDisposable {
  /** Takes over an upgrade of `/graphql`, and refuses any other. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/**
 * Sends all messages of one turn of the event loop in one write, as the streams of many subscribers have their events at once. Equal events
 * are one message if the gateway takes that.
 */
class GatheringSocket extends WebSocket {
  pipe?: Duplex;
  /** Whether {@link share} may be called. */
  takesShared = false;
  private isGathering = false;
  private readonly shared = new SharedEvents((message, settle) => {
    if (this.readyState === WebSocket.OPEN) this.write(message, settle);
    else settle();
  });

  override send(...args: unknown[]): void {
    this.gather();
    this.shared.flush(); // earlier events
    this.write(...args);
  }

  /** @returns once the event has been sent */
  share(id: string, result: ExecutionResult): Promise<void> {
    this.gather();
    return this.shared.add(id, result);
  }

  private gather(): void {
    const { pipe } = this;
    if (!pipe || this.isGathering) return;
    this.isGathering = true;
    pipe.cork();
    setImmediate(() => {
      this.isGathering = false;
      this.shared.flush();
      pipe.uncork();
    });
  }

  private write(...args: unknown[]): void {
    (super.send as (...args: unknown[]) => void)(...args);
  }
}

/** Attached to no HTTP server, whose errors are not those of sockets. `maxBytes` is the size of a message. */
export function serveSubscriptions(subgraph: Subgraph, maxBytes: number, log: Logger): SubscriptionServer {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxBytes, WebSocket: GatheringSocket });
  const live = useServer(
    {
      onSubscribe: async ({ extra: { socket } }, id, payload) => {
        const headers = textHeaders(payload.extensions?.headers);
        const correlationId = correlationIdFrom(headers[CORRELATION_HEADER]);
        headers[CORRELATION_HEADER] = correlationId;
        const request: GraphQLRequest = {
          query: payload.query,
          operationName: payload.operationName ?? undefined,
          variables: payload.variables ?? undefined,
        };
        const started = withCorrelation(correlationId, () =>
          subgraph.service.subscribe(request, { headers, isReadOnly: true }),
        );
        const stream = await started.catch(
          (error: unknown) => new GraphQLError(String(error), { originalError: toError(error) }),
        );
        if (stream instanceof GraphQLError) return [stream]; // if thrown, it would close the socket of all streams
        if ('errors' in stream) return [failure(new StreamFailed(stream.errors))];
        const gathering = socket as GatheringSocket;
        const own = gathering.takesShared ? new OwnEvents(stream, (result) => gathering.share(id, result)) : stream;
        return { document: ANY_SUBSCRIPTION, stream: own } as unknown as ExecutionArgs;
      },
      subscribe: (args) => (args as unknown as { stream: AsyncIterableIterator<ExecutionResult> }).stream,
      // graphql-ws expects instances of GraphQLError. Services give errors as plain objects, which are ready to be sent.
      onNext: (_socket, _id, _payload, _args, result) => result,
      onError: (_socket, _id, payload, errors) => {
        const correlationId = correlationIdFrom(textHeaders(payload.extensions?.headers)[CORRELATION_HEADER]);
        return withCorrelation(correlationId, () => errors.flatMap((error) => sentErrors(error, log)));
      },
    },
    sockets,
  );
  return {
    upgrade(request, socket, head) {
      socket.on('error', () => socket.destroy()); // an error without a listener would end the process
      if (request.url?.split('?')[0] !== '/graphql') {
        socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
        return;
      }
      sockets.handleUpgrade(request, socket, head, (opened) => {
        opened.pipe = socket;
        opened.takesShared = TAKES_SHARED_EVENTS_HEADER in request.headers;
        sockets.emit('connection', opened, request);
      });
    },
    async [Symbol.asyncDispose]() {
      await live.dispose();
    },
  };
}

/** The values that are texts, as over HTTP. Any client that reaches the socket can send others. */
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
