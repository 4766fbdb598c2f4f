/** Wires the subscription hub to its transports: WebSocket, SSE and multipart. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@chat/kit/auth/client';
import { CORRELATION_HEADER, type Logger } from '@chat/kit/logging';
import type { Services } from '../execution/executor';
import { SubscriptionHub, type HubOptions } from '../subscriptions/hub';
import type { PlanningThread } from '../planning/planning-thread';
import type { SubscriptionMetrics } from '../subscriptions/metrics';
import type { SupergraphSource } from '../supergraph/source';
import { Connections, type ConnectionLimits, type PresenceRecord } from './connections';
import { HttpStreams } from './http-stream';
import { traceOf } from './http/client';
import { sendError } from './http/respond';
import type { HttpCall } from './http/pipeline-plugin';
import { callerOf, LiveOperations, type OperationReport } from '../operations/live-operations';
import { Flusher, type QueueLimits } from './outbox';
import type { Admitted } from '../operations/admission';
import type { RequestPipeline } from '../operations/request-pipeline';
import { SingleOperationStream } from './single-operation-stream';
import { StreamHandler } from './sse/stream-handler';
import { streamFormatFor } from './stream-format';
import { GraphQLWebSocketServer } from './websocket/websocket-server';

/** Durations are in milliseconds. */
export interface LiveSettings extends ConnectionLimits {
  maxSubscriptionsPerConnection: number;
  queue: QueueLimits;
  /** History kept per resumable stream, for clients that reconnect. */
  memory: { maxEvents: number; maxBytes: number };
  maxBodyBytes: number;
  initTimeoutMs: number;
  pingIntervalMs: number;
  idleTimeoutMs: number;
  heartbeatMs: number;
  drainMs: number;
}

export interface LiveDeps {
  source: SupergraphSource;
  services: Services;
  pipeline: RequestPipeline;
  settings: LiveSettings;
  metrics: SubscriptionMetrics;
  planningThread: PlanningThread;
  clientOf: (request: IncomingMessage) => Client;
  isOriginAllowed: (origin: string, request: IncomingMessage) => boolean;
  presence?: PresenceRecord;
  /** See {@link HubOptions}. */
  accessReceivedUntil: HubOptions['accessReceivedUntil'];
  /** Absent without usage reports. */
  report?: OperationReport;
  /** Absent without tracing. */
  trace?: HubOptions['trace'];
  log: Logger;
}

export class LiveTransports implements AsyncDisposable {
  readonly hub: SubscriptionHub;
  private readonly operations: LiveOperations;
  private readonly streams: HttpStreams;
  private readonly sockets: GraphQLWebSocketServer;
  private readonly streamHandler: StreamHandler;

  constructor(private readonly deps: LiveDeps) {
    const { source, services, pipeline, settings, metrics, clientOf, isOriginAllowed, presence, trace, log } = deps;
    const flusher = new Flusher();
    this.hub = new SubscriptionHub({
      source,
      services: () => services,
      headersFor: (client) => pipeline.scopeFor(callerOf(client), { correlationId: client.correlationId }).headers,
      rolesOf: (client) => pipeline.rolesOf(client.viewer),
      maxSubscriptionsPerClient: settings.maxSubscriptionsPerConnection,
      memory: settings.memory,
      defer: flusher.beforeFlush,
      accessReceivedUntil: deps.accessReceivedUntil,
      metrics,
      planningThread: deps.planningThread,
      trace,
      log,
    });
    this.operations = new LiveOperations(pipeline, this.hub, deps.report);
    const shared = {
      connections: new Connections(this.hub.clients, settings, metrics, log, presence),
      flusher,
      queue: settings.queue,
      onQueued: (depth: number) => metrics.queueDepth.observe(depth),
    };
    const { heartbeatMs, idleTimeoutMs } = settings;
    this.streams = new HttpStreams({ ...shared, heartbeatMs, idleTimeoutMs });
    this.sockets = new GraphQLWebSocketServer({
      ...shared,
      operations: this.operations,
      clientOf,
      isOriginAllowed,
      maxMessageBytes: settings.maxBodyBytes,
      initTimeoutMs: settings.initTimeoutMs,
      pingIntervalMs: settings.pingIntervalMs,
      idleTimeoutMs,
    });
    const { maxBodyBytes } = settings;
    this.streamHandler = new StreamHandler({
      streams: this.streams,
      operations: this.operations,
      clientOf,
      maxBodyBytes,
    });
  }

  /** Takes over an upgrade to WebSocket. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    void this.sockets.upgrade(request, socket, head);
  }

  /** Handles `/graphql/stream`. */
  handleStream(request: IncomingMessage, response: ServerResponse): Promise<void> {
    return this.streamHandler.handle(request, response);
  }

  /** Serves an admitted subscription on its HTTP response. @returns false if the client accepts no stream. */
  serve(request: IncomingMessage, response: ServerResponse, admitted: Admitted, { caller, scope }: HttpCall): boolean {
    const format = streamFormatFor(request.headers.accept);
    if (!format) return false;
    const { [CORRELATION_HEADER]: correlationId = '' } = scope.headers;
    const call = { caller, correlationId, trace: traceOf(request) };
    const stream = new SingleOperationStream(this.streams, this.operations, format, response, call);
    void stream.begin(admitted).then((refusal) => {
      if (refusal) sendError(response, refusal.error, refusal.status);
    });
    return true;
  }

  /** Disconnects all clients within `drainMs`, each with a reconnect hint. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { drainMs } = this.deps.settings;
    await Promise.all([this.sockets.drain(drainMs), this.streams.drain(drainMs, delay)]);
    this.hub[Symbol.dispose]();
  }
}
