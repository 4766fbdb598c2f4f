/**
 * The WebSocket of a client (graphql-transport-ws by graphql-ws): opens with a valid token, renews the token on the open socket,
 * reconnects with backoff and jitter. Knows no cursor and no error of an operation.
 *
 * | State        | Event                    | Next state                                          |
 * | ------------ | ------------------------ | --------------------------------------------------- |
 * | idle         | first subscription       | connecting                                          |
 * | connecting   | acknowledged             | connected                                           |
 * | connecting   | closed, no token to have | waiting                                             |
 * | connected    | closed, silent, replaced | waiting                                             |
 * | connected    | last subscription ends   | idle                                                |
 * | waiting      | delay is over, or wake   | connecting                                          |
 * | any          | disposed                 | idle                                                |
 */
import type { FormattedExecutionResult } from 'graphql';
import { type Client, createClient, type SubscribePayload } from 'graphql-ws';
import { backoffMs, startTimer, Waits } from './backoff.ts';
import { Emitter, type Unlisten } from './emitter.ts';
import type { Session } from './session.ts';

export type ConnectionState = 'idle' | 'connecting' | 'connected' | 'waiting';

export interface LiveSocketOptions {
  /** `ws://host:port/graphql` */
  url: string;
  session: Session;
  /** A WebSocket class, for Node before version 22. */
  webSocketImpl?: unknown;
}

export interface LiveSink {
  next(result: FormattedExecutionResult<Record<string, unknown>>): void;
  /** A list of GraphQL errors, or an error or close event of the socket. */
  error(error: unknown): void;
  complete(): void;
}

/** The part of a WebSocket that is used here. */
interface RawSocket {
  send(data: string): void;
  onmessage: unknown;
}

/** Between two pings on a silent socket, in milliseconds. */
const PING_MS = 12_000;
/** The server's time to respond, in milliseconds; then the socket counts as dead. */
const PONG_MS = 6_000;
/** An unused socket stays open this long, in milliseconds, so that a new subscription need not connect. */
const LINGER_MS = 2_000;
/** Close code for an expired or revoked token. */
const FORBIDDEN = 4403;

export class LiveSocket {
  private readonly client: Client;
  private readonly waits = new Waits();
  private readonly states = new Emitter<ConnectionState>();
  private readonly unlisten: Unlisten;
  private present: ConnectionState = 'idle';
  private open: RawSocket | undefined;
  private sentToken: string | undefined;
  private rejectedToken: string | undefined;
  /** The server's delay for the next attempt, in milliseconds. */
  private demandedMs: number | undefined;
  private subscriptions = 0;
  /** Cancels the deadline of an expected pong. */
  private pongDeadline: Unlisten | undefined;
  private isDisposed = false;

  constructor({ url, session, webSocketImpl }: LiveSocketOptions) {
    this.client = createClient({
      url: async () => {
        // Before the socket opens, because the server waits only seconds for connection_init. Must not reject: graphql-ws would hang.
        await this.untilTokenIsKnown(session);
        return url;
      },
      connectionParams: () => {
        this.sentToken = session.currentAccessToken;
        return this.sentToken ? { authorization: `Bearer ${this.sentToken}` } : {};
      },
      webSocketImpl,
      lazyCloseTimeout: LINGER_MS,
      keepAlive: PING_MS,
      connectionAckWaitTimeout: PONG_MS,
      retryAttempts: Infinity,
      shouldRetry: () => !this.isDisposed,
      retryWait: (attempt) => this.beforeRetry(attempt),
      on: {
        connecting: () => this.enter('connecting'),
        opened: (socket) => (this.open = socket as RawSocket),
        connected: () => {
          this.enter('connected');
          // It may have been renewed since connection_init.
          if (session.currentAccessToken) this.renew(session.currentAccessToken);
        },
        ping: (isReceived) => {
          if (!isReceived) this.expectPong();
        },
        message: () => this.cancelPong(),
        closed: (event) => this.closed(event),
      },
    });
    this.unlisten = session.onChange((change) => {
      if (change.type === 'renewed') this.renew(change.accessToken);
    });
  }

  get state(): ConnectionState {
    return this.present;
  }

  onState(listener: (state: ConnectionState) => void): Unlisten {
    return this.states.on(listener);
  }

  /** After a reconnect, `payload` is sent again in its present state, so changes to it take effect. */
  subscribe(payload: SubscribePayload, sink: LiveSink): Unlisten {
    this.subscriptions++;
    let isOver = false;
    const over = () => {
      if (isOver) return;
      isOver = true;
      if (--this.subscriptions === 0 && this.present === 'waiting') this.enter('idle');
    };
    const end = this.client.subscribe<Record<string, unknown>, Record<string, unknown>>(payload, {
      next: (result) => sink.next(result),
      error: (error) => {
        over();
        sink.error(error);
      },
      complete: () => {
        over();
        sink.complete();
      },
    });
    return () => {
      over();
      end();
    };
  }

  /** Replaces the socket; all subscriptions continue on the new one. `rejectedToken` is not used again. */
  reconnect(rejectedToken?: string): void {
    if (rejectedToken) this.rejectedToken = rejectedToken;
    this.abandon();
  }

  /** Call it after sleep or a lost network. Ends a delay, and checks an open socket. */
  wake(): void {
    this.waits.wake();
    if (this.present === 'connected') this.send({ type: 'ping' });
  }

  dispose(): void {
    this.isDisposed = true;
    this.unlisten();
    this.cancelPong();
    this.waits.wake();
    this.abandon();
    void Promise.resolve(this.client.dispose()).catch(() => undefined);
    this.enter('idle');
  }

  private abandon(): void {
    // A socket that is still connecting uses the present token anyway.
    if (!this.open) return;
    // It may still have messages, which the next socket will bring as well.
    this.open.onmessage = null;
    this.client.terminate();
  }

  private async untilTokenIsKnown(session: Session): Promise<void> {
    for (let attempt = 0; !this.isDisposed; attempt++) {
      try {
        await session.accessToken({ rejected: this.rejectedToken });
        this.rejectedToken = undefined;
        return;
      } catch {
        this.enter('waiting');
        await this.waits.wait(backoffMs(attempt));
      }
    }
  }

  private async beforeRetry(attempt: number): Promise<void> {
    this.enter('waiting');
    const delayMs = Math.max(backoffMs(attempt), this.demandedMs ?? 0);
    this.demandedMs = undefined;
    await this.waits.wait(delayMs);
  }

  /** The server accepts a new token in a ping; the socket then outlives the old one. */
  private renew(accessToken: string): void {
    if (this.present !== 'connected' || accessToken === this.sentToken) return;
    this.sentToken = accessToken;
    this.send({ type: 'ping', payload: { authorization: `Bearer ${accessToken}` } });
  }

  private send(message: { type: 'ping'; payload?: object }): void {
    this.open?.send(JSON.stringify(message));
    this.expectPong();
  }

  private expectPong(): void {
    // Later pings do not move the deadline; otherwise renewals would hide a dead socket.
    this.pongDeadline ??= startTimer(PONG_MS, () => {
      this.pongDeadline = undefined;
      this.reconnect();
    });
  }

  private cancelPong(): void {
    this.pongDeadline?.();
    this.pongDeadline = undefined;
  }

  private closed(event: unknown): void {
    this.cancelPong();
    this.open = undefined;
    const { code, reason } = event as { code?: number; reason?: string };
    if (code === FORBIDDEN) this.rejectedToken = this.sentToken;
    const demanded = /^retry-after-ms=(\d+)$/.exec(reason ?? '')?.[1];
    this.demandedMs = demanded === undefined ? undefined : Number(demanded);
    this.enter(this.subscriptions > 0 && !this.isDisposed ? 'waiting' : 'idle');
  }

  private enter(state: ConnectionState): void {
    if (this.present === state || (this.isDisposed && state !== 'idle')) return;
    this.present = state;
    this.states.emit(state);
  }
}
