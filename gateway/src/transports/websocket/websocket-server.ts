/** The WebSocket server of `/graphql`: admission, pings, idle timeouts and draining. */
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
  /** Whether a page of this origin may open a socket. Browsers send no preflight for WebSockets. */
  isOriginAllowed: (origin: string, request: IncomingMessage) => boolean;
  /** Largest client message, in bytes. */
  maxMessageBytes: number;
  /** Deadline for `connection_init`, in milliseconds. */
  initTimeoutMs: number;
  /** Ping interval, in milliseconds. A socket that stays silent until the next ping is terminated. */
  pingIntervalMs: number;
  /** Lifetime of a socket without operations, in milliseconds. */
  idleTimeoutMs: number;
}

/** Tick of the ping schedule, in milliseconds. Each tick pings one share of the sockets. */
const TICK_MS = 1_000;

/** Refers to its session, so that all sockets share one set of listeners. */
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
      // Sockets share framed results, which compression would prevent. A proxy can compress.
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

  /** Takes over an upgrade request, or refuses it. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { connections, clientOf, isOriginAllowed } = this.options;
    const origin = request.headers.origin;
    const client = clientOf(request);
    socket.on('error', onError); // an error without a listener would end the process
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

  /** Pings the sockets of this tick, terminates those that missed the last ping, and closes idle ones. */
  private tick(): void {
    this.turn = (this.turn + 1) % this.turns.length;
    const idleSince = performance.now() - this.options.idleTimeoutMs;
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
   * Closes all sockets, spread over `withinMs`, so that clients do not reconnect all at once. The close reason has a reconnect delay in
   * milliseconds for clients that read it; others reconnect after 1012 anyway.
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

/** Deadline for the client's close frame, in milliseconds. */
const CLOSE_MS = 1_000;

function closeSoon(socket: WebSocket): void {
  setTimeout(() => socket.terminate(), CLOSE_MS).unref();
}

/** `ws` validates the encoding of text messages only. */
function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  const { session } = this as SessionSocket;
  if (isBinary && !isUtf8(data as Buffer)) return session!.close(CloseCode.BadRequest, 'A message must be UTF-8');
  session!.receive((data as Buffer).toString());
}

function onPong(this: WebSocket): void {
  (this as SessionSocket).session!.isAlive = true;
}

/** `ws` closes the socket with the matching code. */
function onError(): void {}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
