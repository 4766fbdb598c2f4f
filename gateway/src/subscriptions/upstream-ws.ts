/**
 * Upstreams over one WebSocket (graphql-transport-ws), opened on demand and closed when idle. Does not reconnect by itself: only
 * the reader of a stream knows its cursor.
 */
import { CloseCode, createClient, type Client } from 'graphql-ws';
import type { ExecutionResult, GraphQLFormattedError } from 'graphql';
import { readSharedEvent, TAKES_SHARED_EVENTS_HEADER } from '@chat/kit/graphql/shared-events';
import { StreamFailed, type CallOptions, type GraphQLRequest, type Subscribed } from '@chat/kit/graphql/service';
import { WebSocket, type ClientOptions } from 'ws';
import { parseExactly } from '../supergraph/exact-json';
import { PushStream } from './push-stream';
import type { Unconfirmed } from './upstream';

/** How long an idle socket stays open, in milliseconds. */
const LINGER_MS = 250;
/** Ping interval and pong deadline, in milliseconds. */
const PING_MS = 10_000;
const PONG_MS = 5_000;

/** Servers close the whole socket with these codes because of a single operation. */
const BROKEN_OFF: ReadonlySet<number> = new Set([
  CloseCode.BadRequest,
  CloseCode.SubscriberAlreadyExists,
  CloseCode.InternalServerError,
]);

class UpstreamStream extends PushStream<ExecutionResult> implements Unconfirmed {
  readonly isUnconfirmed = true;
}

/** A stream on the open socket. */
interface OpenStream {
  signal?: AbortSignal;
  unsubscribe: () => void;
}

/** A stream as the receiver of shared events. */
interface SharedEventReader {
  stream: UpstreamStream;
  /** Whether its reader changes no event. */
  isReadOnly: boolean;
}

const DELIVERED = Symbol('delivered');

export interface UpstreamSocketOptions {
  /** `ws:` or `wss:`. */
  url: string;
  /** TLS and other options of `ws` (`ca`, `cert`, `key`, `headers`, …). */
  clientOptions?: ClientOptions;
}

export class UpstreamSocket implements AsyncDisposable {
  private readonly client: Client;
  private socket?: WebSocket;
  /** Called once the socket is open. */
  private readonly waiting = new Set<() => void>();
  private readonly streams = new Map<UpstreamStream, OpenStream>();
  /** Streams started on the open socket. */
  private started = 0;
  private lastId = 0;
  private readonly byId = new Map<string, SharedEventReader>();
  private pongTimer?: NodeJS.Timeout;

  /** `onBrokenOff` receives the signals of the streams among which one made the subgraph close the socket. */
  constructor(
    { url, clientOptions }: UpstreamSocketOptions,
    private readonly onBrokenOff: (signals: readonly AbortSignal[]) => void = () => undefined,
  ) {
    const receive = (message: Buffer) => this.receive(message);
    class Socket extends WebSocket {
      constructor(address: string, protocols: string | string[]) {
        const headers = { ...clientOptions?.headers, [TAKES_SHARED_EVENTS_HEADER]: '1' };
        super(address, protocols, { perMessageDeflate: false, ...clientOptions, headers });
      }

      // graphql-ws takes parsed messages as they are; its own reviver would be called for every value of every event. ws passes
      // binary messages on without a change.
      override emit(event: string | symbol, ...args: unknown[]): boolean {
        if (event !== 'message' || args[1] === true) return super.emit(event, ...args);
        const message = receive(args[0] as Buffer);
        if (message === DELIVERED) return true;
        return message === undefined ? super.emit(event, ...args) : super.emit(event, message, true);
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
          this.started = 0;
          for (const resume of this.waiting) resume();
          this.waiting.clear();
        },
        closed: (event) => {
          clearTimeout(this.pongTimer);
          this.loseStreams(event as { code?: number });
        },
        ping: (isReceived) => {
          if (!isReceived) this.pongTimer = setTimeout(() => this.socket?.terminate(), PONG_MS).unref();
        },
        pong: () => clearTimeout(this.pongTimer),
      },
    });
  }

  /**
   * Resolves when the request has been sent; a later refusal fails the stream with {@link StreamFailed}. Rejects if the subgraph is
   * not reachable.
   */
  async subscribe(request: GraphQLRequest, { headers, signal, isReadOnly = false }: CallOptions): Promise<Subscribed> {
    let unsubscribe: (() => void) | undefined;
    const stream = new UpstreamStream(() => unsubscribe?.());
    const abandon = () => void stream.return();
    const connected = new Promise<void>((resolve, reject) => {
      unsubscribe = this.client.subscribe<Record<string, unknown>>(
        { ...request, extensions: { headers } },
        {
          next: (result) => stream.push(result as ExecutionResult),
          complete: () => stream.end(),
          error: (reason) => {
            const isRefusal = Array.isArray(reason);
            const error = isRefusal ? new StreamFailed(reason as GraphQLFormattedError[]) : lossOf(reason);
            stream.fail(error);
            reject(error);
          },
        },
      );
      const onConnected = () => {
        this.streams.set(stream, { signal, unsubscribe: () => unsubscribe?.() });
        this.started++;
        resolve();
      };
      const id = String(this.lastId); // of the stream, as it has just been generated
      this.byId.set(id, { stream, isReadOnly });
      // A stream that starts while the socket is closing waits for the next socket.
      if (this.socket?.readyState === WebSocket.OPEN) onConnected();
      else this.waiting.add(onConnected);
      void stream.ended.then(() => {
        this.waiting.delete(onConnected);
        this.byId.delete(id);
        this.streams.delete(stream);
        signal?.removeEventListener('abort', abandon);
        resolve();
      });
    });
    signal?.addEventListener('abort', abandon, { once: true });
    await connected;
    return stream;
  }

  /**
   * A message for graphql-ws; undefined if it is no JSON, which graphql-ws refuses. An event of several streams is delivered here: those with
   * readers that change nothing get one object.
   */
  private receive(message: Buffer): unknown {
    try {
      const text = message.toString();
      const shared = readSharedEvent(text);
      if (!shared) return parseExactly(text);
      let result: ExecutionResult | undefined;
      for (const id of shared.ids) {
        const reader = this.byId.get(id);
        if (reader?.isReadOnly) reader.stream.push((result ??= parseExactly(shared.payload) as ExecutionResult));
        else reader?.stream.push(parseExactly(shared.payload) as ExecutionResult);
      }
      return DELIVERED;
    } catch {
      return undefined;
    }
  }

  /** Fails all streams on any close. After a normal close, graphql-ws would restart its operations without their cursors. */
  private loseStreams(event: { code?: number }): void {
    const isBrokenOff = event.code !== undefined && BROKEN_OFF.has(event.code);
    const loss = lossOf(event);
    const lost = [...this.streams];
    const isAlone = lost.length === 1 && this.started === 1;
    if (isBrokenOff && !isAlone) this.onBrokenOff(lost.flatMap(([, { signal }]) => signal ?? []));
    for (const [stream, { unsubscribe }] of lost) {
      stream.fail(isBrokenOff && isAlone ? new StreamFailed([{ message: loss.message }]) : loss);
      unsubscribe();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.pongTimer);
    await this.client.dispose();
  }
}

/** The error for a socket error or a close event. */
function lossOf(reason: unknown): Error {
  if (reason instanceof Error) return reason;
  const { code, reason: text } = (reason ?? {}) as { code?: number; reason?: string };
  return new Error(`The connection to the subgraph was closed (${code ?? 'no code'}${text ? `: ${text}` : ''}).`);
}
