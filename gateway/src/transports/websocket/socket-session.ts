/**
 * One socket that speaks graphql-transport-ws, by graphql-ws's PROTOCOL.md. An error of an operation ends only that operation. The
 * socket is closed for protocol violations, or when its client is cut off.
 */
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { ApiError } from '@chat/kit/errors';
import { bearerToken } from '../../auth/authenticator';
import { cutOffErrors, LiveClient, type CutOff } from '../../subscriptions/live-client';
import { Outbox } from '../outbox';
import type { Caller } from '../../operations/request-pipeline';
import { TEXT_FRAMES } from './frame';
import { CloseCode, parseMessage, type ClientMessage, type SubscribePayload } from './message';
import type { SessionHost, SessionOrigin } from './session-host';
import { SocketOperation } from './socket-operation';

const ACK = Buffer.from('{"type":"connection_ack"}');
const PONG = Buffer.from('{"type":"pong"}');

type State = 'opened' | 'initialising' | 'ready' | 'closed';

export class SocketSession {
  /** Whether the client has sent anything since the last ping. */
  isAlive = true;
  /** Time of the last message or end of an operation, in milliseconds since 1970. */
  lastActiveAt = performance.now();
  private state: State = 'opened';
  private client?: LiveClient;
  private caller?: Caller;
  private readonly operations = new Map<string, SocketOperation>();
  private readonly outbox: Outbox;

  constructor(
    readonly socket: WebSocket,
    pipe: Duplex,
    private readonly origin: SessionOrigin,
    private readonly host: SessionHost,
  ) {
    const onFlooded = () => this.close(CloseCode.BadRequest, 'Too many messages without reading');
    this.outbox = new Outbox(pipe, TEXT_FRAMES, host.flusher, host.queue, onFlooded, host.onQueued);
  }

  get isAwaitingInit(): boolean {
    return this.state === 'opened';
  }

  get isIdle(): boolean {
    return this.operations.size === 0;
  }

  receive(text: string): void {
    this.isAlive = true;
    this.lastActiveAt = performance.now();
    let message: ClientMessage;
    try {
      message = parseMessage(text);
    } catch (error) {
      return this.close(CloseCode.BadRequest, (error as Error).message);
    }
    switch (message.type) {
      case 'connection_init':
        return void this.initialise(message.payload);
      case 'ping':
        this.pong(message.payload);
        return;
      case 'pong':
        return;
      case 'subscribe':
        return this.subscribe(message.id, message.payload);
      case 'complete':
        return this.operations.get(message.id)?.leave();
    }
  }

  /** Call it when the pipe is empty. */
  drained(): void {
    this.outbox.drained();
  }

  /** Flushes the outbox, then closes. Safe to repeat. */
  close(code: number, reason: string): void {
    if (this.state === 'closed') return;
    this.end();
    this.outbox.finish(() => this.socket.close(code, reason));
  }

  /** The socket has closed. */
  closed(): void {
    this.outbox.close();
    if (this.state !== 'closed') this.end();
  }

  private end(): void {
    this.state = 'closed';
    for (const operation of this.operations.values()) operation.abandon();
    this.operations.clear();
    if (this.client) this.host.disconnected(this.client);
    this.client = undefined;
  }

  private async initialise(payload: Params): Promise<void> {
    if (this.state !== 'opened') {
      return this.close(CloseCode.TooManyInitialisationRequests, 'Too many initialisation requests');
    }
    this.state = 'initialising';
    let caller: Caller;
    try {
      caller = await this.host.identify(tokenOf(payload), this.origin.client);
    } catch (error) {
      return isUnavailable(error)
        ? this.close(CloseCode.TryAgainLater, 'Try again later')
        : this.close(CloseCode.Forbidden, 'Forbidden');
    }
    if (this.hasState('closed')) return;
    const { client: from, correlationId, trace } = this.origin;
    const client = new LiveClient(caller.viewer, from, correlationId, (reason) => this.cutOff(reason), trace);
    const refusal = await this.host.connected(client);
    if (this.hasState('closed')) return refusal ? undefined : this.host.disconnected(client);
    if (refusal) return this.close(CloseCode.TryAgainLater, refusal);
    this.caller = caller;
    this.client = client;
    this.state = 'ready';
    this.outbox.send(ACK);
  }

  /** Echoes the payload unless it carries a token. */
  private pong(payload: Params): void {
    if (!payload) return this.outbox.send(PONG);
    void this.renew(payload);
    const isToken = Object.keys(payload).some(isAuthorization);
    this.outbox.send(isToken ? PONG : Buffer.from(JSON.stringify({ type: 'pong', payload })));
  }

  /** `{"type":"ping","payload":{"authorization":"Bearer …"}}` renews the token, so that the socket outlives the old one. */
  private async renew(payload: NonNullable<Params>): Promise<void> {
    if (this.state !== 'ready' || !Object.keys(payload).some(isAuthorization)) return;
    try {
      const caller = await this.host.identify(tokenOf(payload), this.origin.client);
      if (this.client && caller.viewer && this.host.renewed(this.client, caller.viewer)) {
        this.caller = caller;
        return;
      }
    } catch (error) {
      if (isUnavailable(error)) return; // the old token stays valid until it expires
      // Closed below, as for another account's token.
    }
    this.close(CloseCode.Forbidden, 'Forbidden');
  }

  private subscribe(id: string, payload: SubscribePayload): void {
    if (this.state !== 'ready') return this.close(CloseCode.Unauthorized, 'Unauthorized');
    if (this.operations.has(id)) {
      return this.close(CloseCode.SubscriberAlreadyExists, reasonOf(`Subscriber for ${id} already exists`));
    }
    const operation = new SocketOperation(id, this.outbox, () => {
      this.operations.delete(id);
      this.lastActiveAt = performance.now();
    });
    this.operations.set(id, operation);
    operation.subscription = this.host.start(this.client!, this.caller!, payload, operation);
  }

  /** After expiry a client can reconnect with a new token, so its operations get no error. A revoked session ends them. */
  private cutOff(reason: CutOff): void {
    if (reason === 'revoked') {
      for (const operation of [...this.operations.values()]) operation.end(cutOffErrors(reason));
    }
    this.close(CloseCode.Forbidden, reason === 'revoked' ? 'The session has ended' : 'The token has expired');
  }

  private hasState(state: State): boolean {
    return this.state === state;
  }
}

type Params = Record<string, unknown> | null | undefined;

/** The token in connection parameters, under `authorization` in any letter case. @throws UNAUTHENTICATED */
function tokenOf(payload: Params): string | undefined {
  const name = Object.keys(payload ?? {}).find(isAuthorization);
  const header = name === undefined ? undefined : payload![name];
  return bearerToken(typeof header === 'string' ? header : undefined);
}

function isAuthorization(key: string): boolean {
  return key.toLowerCase() === 'authorization';
}

/** Whether tokens cannot be verified at the moment. */
function isUnavailable(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'SERVICE_UNAVAILABLE';
}

/** The reason of a close frame has at most 123 bytes. */
function reasonOf(text: string): string {
  return Buffer.byteLength(text) <= 123 ? text : 'Subscriber already exists';
}
