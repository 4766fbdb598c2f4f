/** A connection on an open HTTP response: client, outbox, heartbeats and end. Its {@link StreamOwner} decides about the content. */
import type { ServerResponse } from 'node:http';
import { ApiError } from '@chat/kit/errors';
import type { TraceContext } from '../execution/execution-scope';
import { LiveClient, type CutOff } from '../subscriptions/live-client';
import type { Connections, Transport } from './connections';
import { NO_FRAMING } from './encoder';
import { type Flusher, Outbox, type QueueLimits } from './outbox';
import type { Caller } from '../operations/request-pipeline';
import type { StreamFormat } from './stream-format';

export interface HttpStreamOptions {
  connections: Connections;
  flusher: Flusher;
  queue: QueueLimits;
  onQueued: (depth: number) => void;
  /** Heartbeat interval, in milliseconds. */
  heartbeatMs: number;
  /** Lifetime of a stream without operations, in milliseconds. */
  idleTimeoutMs: number;
}

/** Heartbeats without any read before the client counts as gone. */
const MAX_MISSED_BEATS = 6;

/** Time for clients to read the rest on shutdown, in milliseconds. */
const END_MS = 1_000;

/** The request that opens a stream. */
export interface StreamCall {
  caller: Caller;
  correlationId: string;
  /** The client's trace context, from its headers. */
  trace?: TraceContext;
}

/** The operation or reservation that owns the stream. */
export interface StreamOwner {
  /** Start of the idle time, in milliseconds since 1970; undefined while an operation runs. */
  readonly idleSince?: number;
  /** Must write the reason, then call {@link HttpStream.finish}. */
  cutOff(why: CutOff): void;
  /** Must write a reconnect hint, then call {@link HttpStream.finish}. */
  restart(): void;
  closed(): void;
}

/** The error and status for a refused stream. */
export interface StreamRefusal {
  error: ApiError;
  status?: number;
}

const tooMany = (message: string): StreamRefusal => ({ error: new ApiError('LIMIT_EXCEEDED', message), status: 429 });

/** All HTTP streams of the gateway. */
export class HttpStreams {
  isDraining = false;
  private readonly open = new Set<HttpStream>();
  private readonly ticker: NodeJS.Timeout;

  constructor(readonly options: HttpStreamOptions) {
    this.ticker = setInterval(() => {
      for (const stream of this.open) stream.beat();
    }, options.heartbeatMs).unref();
  }

  add(stream: HttpStream): void {
    this.open.add(stream);
  }

  delete(stream: HttpStream): void {
    this.open.delete(stream);
  }

  /** Ends all streams, spread over `withinMs`. */
  async drain(withinMs: number, pause: (ms: number) => Promise<unknown>): Promise<void> {
    this.isDraining = true;
    clearInterval(this.ticker);
    const streams = [...this.open];
    const steps = Math.max(1, Math.min(streams.length, Math.floor(withinMs / 50)));
    for (let step = 0; step < steps; step++) {
      const from = Math.floor((step * streams.length) / steps);
      for (const stream of streams.slice(from, Math.floor(((step + 1) * streams.length) / steps))) stream.restart();
      if (step < steps - 1) await pause(withinMs / steps);
    }
    setTimeout(() => {
      for (const stream of this.open) stream.destroy();
    }, END_MS).unref();
  }
}

export class HttpStream {
  readonly outbox: Outbox;
  readonly client: LiveClient;
  private owner?: StreamOwner;
  /** Set if the client was cut off before the stream was open. */
  private wasCutOff?: CutOff;
  private missedBeats = 0;
  private isOpen = false;

  constructor(
    private readonly streams: HttpStreams,
    private readonly transport: Transport,
    private readonly format: StreamFormat,
    private readonly response: ServerResponse,
    { caller: { viewer, client }, correlationId, trace }: StreamCall,
  ) {
    const { flusher, queue, onQueued } = streams.options;
    const pipe = {
      write: (bytes: Buffer) => {
        this.begin();
        return response.write(bytes);
      },
    };
    this.outbox = new Outbox(pipe, NO_FRAMING, flusher, queue, () => response.destroy(), onQueued);
    this.client = new LiveClient(viewer, client, correlationId, (reason) => this.cutOff(reason), trace);
  }

  /**
   * Takes a place among the client's connections. The response begins with {@link announce} or the first message.
   * @returns the refusal, or undefined if the stream is open.
   */
  async open(owner: StreamOwner): Promise<StreamRefusal | undefined> {
    const { connections } = this.streams.options;
    const { address } = this.client.origin;
    if (!(await connections.enter(address))) return tooMany('Too many connections from this address');
    const refusal = await connections.add(this.client);
    if (refusal || this.response.destroyed || this.streams.isDraining) {
      connections.left(address);
      if (refusal) return tooMany(refusal);
      connections.remove(this.client);
      return { error: new ApiError('SERVICE_UNAVAILABLE', 'The gateway is restarting. Subscribe again.') };
    }
    connections.opened(this.transport);
    this.owner = owner;
    this.isOpen = true;
    this.streams.add(this);
    this.response.on('drain', () => this.outbox.drained());
    this.response.once('close', () => this.closed());
    const { wasCutOff } = this;
    if (wasCutOff) setImmediate(() => owner.cutOff(wasCutOff)); // after `open` has returned to the owner
    return undefined;
  }

  /** Begins the response with a heartbeat, which tells the client that the stream is live. */
  announce(): void {
    if (this.response.headersSent || this.response.destroyed) return;
    this.begin();
    this.response.write(this.format.heartbeat);
  }

  beat(): void {
    const { idleSince = Infinity } = this.owner ?? {};
    if (performance.now() - idleSince > this.streams.options.idleTimeoutMs) return this.finish();
    if (!this.response.headersSent) return; // a heartbeat would say that the stream is live
    if (!this.outbox.isStuck) {
      this.missedBeats = 0;
      this.outbox.send(this.format.heartbeat);
    } else if (++this.missedBeats > MAX_MISSED_BEATS) {
      this.response.destroy();
    }
  }

  restart(): void {
    this.owner?.restart();
  }

  /** Ends the response once the outbox is empty. */
  finish(): void {
    this.outbox.finish(() => this.response.end());
  }

  destroy(): void {
    this.response.destroy();
  }

  private begin(): void {
    if (this.response.headersSent) return;
    this.response.writeHead(200, this.format.headers);
    if (this.format.opening.length > 0) this.response.write(this.format.opening);
  }

  private cutOff(reason: CutOff): void {
    if (this.owner) this.owner.cutOff(reason);
    else this.wasCutOff = reason;
  }

  private closed(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    const { connections } = this.streams.options;
    this.streams.delete(this);
    this.outbox.close();
    connections.closed(this.transport);
    connections.left(this.client.origin.address);
    connections.remove(this.client);
    this.owner?.closed();
  }
}
