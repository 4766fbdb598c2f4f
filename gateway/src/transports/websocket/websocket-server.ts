/** Takes over the sockets of `/graphql`: who may open one, how long a silent one is kept, and how all of them leave on shutdown. */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket, WebSocketServer, type RawData } from 'ws';
import type { Client } from '@chat/kit/auth/client';
import { correlationIdFrom, CORRELATION_HEADER } from '@chat/kit/logging';
import type { Connections } from '../connections';
import { traceOf } from '../http/client';
import type { LiveOperations } from '../../operations/live-operations';
import type { Flusher, QueueLimits } from '../outbox';
import { CloseCode, SUBPROTOCOL } from './message';
import type { SessionHost, SessionOrigin } from './session-host';
import { SocketSession } from './socket-session';

export interface WebSocketOptions {
  operations: LiveOperations;
  connections: Connections;
  flusher: Flusher;
  queue: QueueLimits;
  onQueued: (depth: number) => void;
  clientOf: (request: IncomingMessage) => Client;
  /** Whether a page of this origin may open a socket; browsers do not ask beforehand as they do for HTTP. */
  isOriginAllowed: (origin: string, request: IncomingMessage) => boolean;
  /** Largest message of a client, in bytes. */
  maxMessageBytes: number;
  /** How long a client may take to send `connection_init`, in milliseconds. */
  initTimeoutMs: number;
  /** How often a socket is pinged; one that says nothing until the next ping is ended. Milliseconds. */
  pingIntervalMs: number;
  /** How long a socket without operations is kept, in milliseconds. */
  idleTimeoutMs: number;
}

/** How often sockets are looked after, in milliseconds: each time those whose turn it is. */
const TICK_MS = 1_000;

/** Carries its session, so that one set of listeners serves all sockets. */
class SessionSocket extends WebSocket {
  session?: SocketSession;
}

export class GraphQLWebSocketServer {
  private readonly server: WebSocketServer;
  private readonly host: SessionHost;
  /** Sockets by the tick in which they are pinged. */
  private readonly turns: Set<SocketSession>[];
  private readonly ticker: NodeJS.Timeout;
  private turn = 0;
  private isDraining = false;

  constructor(private readonly options: WebSocketOptions) {
    const { operations, connections, flusher, queue, onQueued } = options;
    this.server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      // Results are framed once for all sockets, which compression would undo; a proxy in front can compress.
      perMessageDeflate: false,
      maxPayload: options.maxMessageBytes,
      handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
      WebSocket: SessionSocket,
    });
    this.turns = Array.from({ length: Math.max(1, Math.round(options.pingIntervalMs / TICK_MS)) }, () => new Set());
    this.ticker = setInterval(() => this.tick(), TICK_MS).unref();
    this.host = {
      flusher,
      queue,
      onQueued,
      identify: (token, origin) => operations.pipeline.identify(token, origin),
      connected: (client) => connections.add(client),
      disconnected: (client) => connections.remove(client),
      renewed: (client, viewer) => operations.hub.renew(client, viewer),
      start: (client, caller, request, sink) => operations.start(client, caller, request, sink),
    };
  }

  /** Takes over a request to upgrade, or answers it with the reason why not. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { connections, clientOf, isOriginAllowed } = this.options;
    const origin = request.headers.origin;
    const client = clientOf(request);
    socket.on('error', onError); // nobody else listens while it waits here
    if (origin !== undefined && !isOriginAllowed(origin, request)) return refuse(socket, '403 Forbidden');
    if (!(await connections.enter(client.address))) return refuse(socket, '429 Too Many Requests');
    if (socket.destroyed) return connections.left(client.address);
    socket.on('close', () => connections.left(client.address));
    if (this.isDraining) return refuse(socket, '503 Service Unavailable');
    const correlationId = correlationIdFrom(request.headers[CORRELATION_HEADER]);
    const trace = traceOf(request);
    this.server.handleUpgrade(request, socket, head, (opened) => {
      this.open(opened, socket, { client, correlationId, trace });
    });
  }

  private open(socket: SessionSocket, pipe: Duplex, origin: SessionOrigin): void {
    if (socket.protocol !== SUBPROTOCOL) {
      socket.on('error', () => undefined);
      return socket.close(CloseCode.SubprotocolNotAcceptable, 'Subprotocol not acceptable');
    }
    const session = new SocketSession(socket, pipe, origin, this.host);
    socket.session = session;
    const turn = this.turns[this.turn]!;
    turn.add(session);
    this.options.connections.opened('websocket');
    socket.on('message', onMessage);
    socket.on('pong', onPong);
    socket.on('error', onError);
    const initTimer = setTimeout(() => {
      if (session.isAwaitingInit) {
        session.close(CloseCode.ConnectionInitialisationTimeout, 'Connection initialisation timeout');
      }
    }, this.options.initTimeoutMs);
    initTimer.unref();
    socket.once('close', () => {
      clearTimeout(initTimer);
      turn.delete(session);
      session.closed();
      this.options.connections.closed('websocket');
    });
    pipe.on('drain', () => session.drained());
  }

  /** Pings those whose turn it is, and ends those who have not answered the last time or have nothing to do here. */
  private tick(): void {
    this.turn = (this.turn + 1) % this.turns.length;
    const idleSince = Date.now() - this.options.idleTimeoutMs;
    for (const session of this.turns[this.turn]!) {
      if (!session.isAlive) session.socket.terminate();
      else if (session.isIdle && session.lastActiveAt < idleSince) session.close(CloseCode.GoingAway, 'Idle');
      else {
        session.isAlive = false;
        session.socket.ping();
      }
    }
  }

  /**
   * Sends everybody away within `withinMs`, one after the other, so that they do not all come back at once. The close
   * reason says after how many milliseconds to reconnect, for clients that read it; others reconnect after 1012 anyway.
   */
  async drain(withinMs: number): Promise<void> {
    this.isDraining = true;
    clearInterval(this.ticker);
    const sessions = this.turns.flatMap((turn) => [...turn]);
    const steps = Math.max(1, Math.min(sessions.length, Math.floor(withinMs / 50)));
    for (let step = 0; step < steps; step++) {
      const from = Math.floor((step * sessions.length) / steps);
      const to = Math.floor(((step + 1) * sessions.length) / steps);
      for (const session of sessions.slice(from, to)) {
        session.close(CloseCode.ServiceRestart, `retry-after-ms=${Math.floor(Math.random() * 1000)}`);
      }
      if (step < steps - 1) await delay(withinMs / steps);
    }
    await delay(0);
    for (const session of sessions) if (session.socket.readyState !== WebSocket.CLOSED) closeSoon(session.socket);
  }
}

/** A client that does not answer the close frame is not waited for. */
const CLOSE_MS = 1_000;

function closeSoon(socket: WebSocket): void {
  setTimeout(() => socket.terminate(), CLOSE_MS).unref();
}

/** `ws` has looked at the encoding of text messages only. */
function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  const { session } = this as SessionSocket;
  if (isBinary && !isUtf8(data as Buffer)) return session!.close(CloseCode.BadRequest, 'A message must be UTF-8');
  session!.receive((data as Buffer).toString());
}

function onPong(this: WebSocket): void {
  (this as SessionSocket).session!.isAlive = true;
}

/** `ws` closes the socket itself with the code that fits; there is nobody to tell. */
function onError(): void {}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
