/** A connection that is an HTTP response kept open: its client, its outbox, its heartbeats and its end. What is written on it is its user's. */
import type { ServerResponse } from 'node:http';
import { ApiError } from '@chat/kit/errors';
import type { TraceContext } from '../execution/execution-scope';
import { LiveClient, type CutOff } from '../subscriptions/live-client';
import type { Connections, Transport } from './connections';
import { NO_FRAMING } from './encoder';
import { type Flusher, Outbox, type QueueLimits } from './outbox';
import type { Caller } from '../operations/request-pipeline';

export interface HttpStreamOptions {
  connections: Connections;
  flusher: Flusher;
  queue: QueueLimits;
  onQueued: (depth: number) => void;
  /** Milliseconds between heartbeats. */
  heartbeatMs: number;
  /** How long a stream without operations is kept, in milliseconds. */
  idleTimeoutMs: number;
}

/** A client that has read nothing for so many heartbeats is gone. */
const MAX_MISSED_BEATS = 6;

/** How long a client that does not read is waited for on shutdown, in milliseconds. */
const END_MS = 1_000;

/** On whose behalf a stream is opened. */
export interface StreamCall {
  caller: Caller;
  correlationId: string;
  /** The client's trace, as its headers have it. */
  trace?: TraceContext;
}

/** What the stream's user does when the stream must end. */
export interface StreamOwner {
  /** Since when it has had nothing to do, in milliseconds since 1970; undefined where it has. */
  readonly idleSince?: number;
  /** Must write why, and then {@link HttpStream.finish}. */
  cutOff(why: CutOff): void;
  /** Must write that the gateway restarts, and then {@link HttpStream.finish}. */
  restart(): void;
  closed(): void;
}

/** Why there can be no stream, and the status to answer with. */
export interface StreamRefusal {
  error: ApiError;
  status?: number;
}

const tooMany = (message: string): StreamRefusal => ({ error: new ApiError('LIMIT_EXCEEDED', message), status: 429 });

/** All streams of one gateway. */
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

  /** Ends all of them, one after the other within `withinMs`. */
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
  private user?: StreamOwner;
  /** Set where it was cut off before it was open. */
  private wasCutOff?: CutOff;
  private missedBeats = 0;
  private isOpen = false;

  constructor(
    private readonly streams: HttpStreams,
    private readonly transport: Transport,
    private readonly heartbeat: Buffer,
    private readonly response: ServerResponse,
    { caller: { viewer, client }, correlationId, trace }: StreamCall,
  ) {
    const { flusher, queue, onQueued } = streams.options;
    const pipe = { write: (bytes: Buffer) => response.write(bytes) };
    this.outbox = new Outbox(pipe, NO_FRAMING, flusher, queue, () => response.destroy(), onQueued);
    this.client = new LiveClient(viewer, client, correlationId, (why) => this.cutOff(why), trace);
  }

  /** @returns why there can be no stream, or undefined where it is open. */
  async open(headers: Record<string, string>, opening: Buffer, user: StreamOwner): Promise<StreamRefusal | undefined> {
    const { connections } = this.streams.options;
    const { address } = this.client.origin;
    if (!(await connections.enter(address))) return tooMany('Too many connections from this address');
    const refusal = await connections.add(this.client);
    if (refusal || this.response.destroyed || this.streams.isDraining) {
      connections.left(address);
      if (refusal) return tooMany(refusal);
      connections.remove(this.client);
      return { error: new ApiError('SERVICE_UNAVAILABLE', 'The gateway restarts. Subscribe again.') };
    }
    connections.opened(this.transport);
    this.user = user;
    this.isOpen = true;
    this.streams.add(this);
    this.response.writeHead(200, headers);
    this.response.write(opening);
    this.response.on('drain', () => this.outbox.drained());
    this.response.once('close', () => this.closed());
    const { wasCutOff } = this;
    if (wasCutOff) setImmediate(() => user.cutOff(wasCutOff)); // when its user knows that it is open
    return undefined;
  }

  beat(): void {
    const { idleSince = Infinity } = this.user ?? {};
    if (Date.now() - idleSince > this.streams.options.idleTimeoutMs) return this.finish();
    if (!this.outbox.isStuck) {
      this.missedBeats = 0;
      this.outbox.send(this.heartbeat);
    } else if (++this.missedBeats > MAX_MISSED_BEATS) {
      this.response.destroy();
    }
  }

  restart(): void {
    this.user?.restart();
  }

  /** Ends the response when everything is written. */
  finish(): void {
    this.outbox.finish(() => this.response.end());
  }

  destroy(): void {
    this.response.destroy();
  }

  private cutOff(why: CutOff): void {
    if (this.user) this.user.cutOff(why);
    else this.wasCutOff = why;
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
    this.user?.closed();
  }
}
