/**
 * The subscribing half of a subgraph's service over WebSocket (graphql-transport-ws): one socket for all upstreams of the
 * subgraph, opened when needed and closed when idle. It never reconnects by itself: whoever holds a stream knows best from where.
 */
import { createClient, type Client } from 'graphql-ws';
import type { ExecutionResult, GraphQLFormattedError } from 'graphql';
import type { CallOptions, GraphQLRequest, Subscribed } from '@chat/kit/graphql/service';
import { WebSocket, type ClientOptions } from 'ws';
import { PushStream } from './push-stream';
import { UpstreamRefused } from './upstream';

/** How long the socket stays open without upstreams, in milliseconds. */
const LINGER_MS = 250;
/** How often the socket is pinged, and how long an answer may take, in milliseconds. */
const PING_MS = 10_000;
const PONG_MS = 5_000;

export interface UpstreamSocketOptions {
  /** `ws:` or `wss:`. */
  url: string;
  /** TLS and other settings of the connection (`ca`, `cert`, `key`, `headers`, …), as `ws` takes them. */
  connection?: ClientOptions;
}

export class UpstreamSocket implements AsyncDisposable {
  private readonly client: Client;
  private socket?: WebSocket;
  /** Called when there is a socket. */
  private readonly waiting = new Set<() => void>();
  /** What has been asked for on the socket, and how to leave it. */
  private readonly streams = new Map<PushStream<ExecutionResult>, () => void>();
  private lastId = 0;
  private pongTimer?: NodeJS.Timeout;

  constructor({ url, connection }: UpstreamSocketOptions) {
    class Socket extends WebSocket {
      constructor(address: string, protocols: string | string[]) {
        super(address, protocols, { perMessageDeflate: false, ...connection });
      }
    }
    this.client = createClient({
      url,
      webSocketImpl: Socket,
      retryAttempts: 0,
      lazyCloseTimeout: LINGER_MS,
      keepAlive: PING_MS,
      connectionAckWaitTimeout: PONG_MS,
      generateID: () => String(++this.lastId),
      on: {
        connected: (opened) => {
          this.socket = opened as WebSocket;
          for (const resume of this.waiting) resume();
          this.waiting.clear();
        },
        closed: (event) => {
          clearTimeout(this.pongTimer);
          this.loseStreams(connectionLost(event));
        },
        ping: (isReceived) => {
          if (!isReceived) this.pongTimer = setTimeout(() => this.socket?.terminate(), PONG_MS).unref();
        },
        pong: () => clearTimeout(this.pongTimer),
      },
    });
  }

  /** Resolves when the request is on its way; a refusal then comes as {@link UpstreamRefused} from the stream. Rejects where the subgraph is not reachable. */
  async subscribe(request: GraphQLRequest, { headers, signal }: CallOptions): Promise<Subscribed> {
    let unsubscribe: (() => void) | undefined;
    const stream = new PushStream<ExecutionResult>(() => unsubscribe?.());
    const abandon = () => void stream.return();
    const connected = new Promise<void>((resolve, reject) => {
      unsubscribe = this.client.subscribe<Record<string, unknown>>(
        { ...request, extensions: { headers } },
        {
          next: (result) => stream.push(result as ExecutionResult),
          complete: () => stream.end(),
          error: (reason) => {
            const isRefusal = Array.isArray(reason);
            const error = isRefusal ? new UpstreamRefused(reason as GraphQLFormattedError[]) : connectionLost(reason);
            stream.fail(error);
            reject(error);
          },
        },
      );
      const onConnected = () => {
        this.streams.set(stream, () => unsubscribe?.());
        resolve();
      };
      // What waits for a socket that is being closed gets the next one.
      if (this.socket?.readyState === WebSocket.OPEN) onConnected();
      else this.waiting.add(onConnected);
      void stream.ended.then(() => {
        this.waiting.delete(onConnected);
        this.streams.delete(stream);
        signal?.removeEventListener('abort', abandon);
        resolve();
      });
    });
    signal?.addEventListener('abort', abandon, { once: true });
    await connected;
    return stream;
  }

  /** On any close, also a normal one, after which the client would start its operations again from now, and not from where they were. */
  private loseStreams(error: Error): void {
    for (const [stream, unsubscribe] of [...this.streams]) {
      stream.fail(error);
      unsubscribe();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.pongTimer);
    await this.client.dispose();
  }
}

/** Errors of sockets and close events alike. */
function connectionLost(reason: unknown): Error {
  if (reason instanceof Error) return reason;
  const { code, reason: text } = (reason ?? {}) as { code?: number; reason?: string };
  return new Error(`The connection to the subgraph was closed (${code ?? 'no code'}${text ? `: ${text}` : ''}).`);
}
