/** The single connection mode of graphql-sse's PROTOCOL.md: many operations, started by requests of their own, answered on one event stream. */
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { GraphQLFormattedError } from 'graphql';
import type { CutOff } from '../../subscriptions/live-client';
import type { LiveSubscription, Payload, Sink } from '../../subscriptions/sink';
import { HttpStream, type HttpStreams, type StreamCall, type StreamRefusal, type StreamUser } from '../http-stream';
import type { LiveOperations } from '../live-operations';
import { Lane } from '../lane';
import type { Admitted } from '../admission';
import type { Caller } from '../request-pipeline';
import { EVENT_STREAM } from '../stream-format';

/** How long a reservation waits for its stream, in milliseconds. */
const RESERVATION_MS = 30_000;

/** Reservations and the streams that have fulfilled them, by token. */
export class Reservations {
  private readonly byToken = new Map<string, Reservation>();

  constructor(
    private readonly streams: HttpStreams,
    private readonly operations: LiveOperations,
  ) {}

  /** @returns the one-time token. `identify` is asked again when the stream is opened, as the session can end before. */
  reserve({ caller, correlationId, traceparent }: StreamCall, identify: () => Promise<Caller>): string {
    const token = randomUUID();
    const forget = () => this.byToken.delete(token);
    const call = { caller, correlationId, traceparent };
    const made = new Reservation(this.streams, this.operations, call, identify, forget);
    this.byToken.set(token, made);
    return token;
  }

  find(token: string): Reservation | undefined {
    return this.byToken.get(token);
  }
}

export class Reservation implements StreamUser {
  private stream?: HttpStream;
  /** Operations that were asked for before the stream was there. */
  private readonly waiting = new Map<string, Admitted>();
  private readonly running = new Map<string, StreamedOperation>();
  private readonly expiry: NodeJS.Timeout;
  private isTaken = false;
  private lastActiveAt = Date.now();
  /** The stream has been there and is gone. */
  isOver = false;

  constructor(
    private readonly streams: HttpStreams,
    private readonly operations: LiveOperations,
    private readonly call: StreamCall,
    private readonly identify: () => Promise<Caller>,
    private readonly forget: () => void,
  ) {
    this.expiry = setTimeout(forget, RESERVATION_MS).unref();
  }

  /** Whether a caller is the one who made the reservation. A fresh token of the same account takes the old one's place. */
  admits({ viewer }: Caller): boolean {
    if (viewer?.id !== this.call.caller.viewer?.id) return false;
    const held = this.stream?.client;
    if (held?.viewer && viewer && viewer.expiresAt > held.viewer.expiresAt) this.operations.hub.renew(held, viewer);
    return true;
  }

  /** Only the first may open it: false where somebody has. */
  take(): boolean {
    if (this.isTaken) return false;
    this.isTaken = true;
    clearTimeout(this.expiry);
    return true;
  }

  /** @returns why there can be no stream, or undefined where it is open. @throws UNAUTHENTICATED where the session has ended. */
  async open(response: ServerResponse): Promise<StreamRefusal | undefined> {
    const { headers, opening, heartbeat } = EVENT_STREAM;
    let refusal: StreamRefusal | undefined;
    try {
      const caller = await this.identify();
      const stream = new HttpStream(this.streams, 'sse', heartbeat, response, { ...this.call, caller });
      refusal = await stream.open(headers, opening, this);
      if (!refusal) this.stream = stream;
    } finally {
      if (!this.stream) this.forget();
    }
    for (const [id, admitted] of this.waiting) this.start(id, admitted);
    this.waiting.clear();
    return refusal;
  }

  get idleSince(): number | undefined {
    return this.running.size === 0 ? this.lastActiveAt : undefined;
  }

  has(operationId: string): boolean {
    return this.running.has(operationId) || this.waiting.has(operationId);
  }

  /** Starts an operation, or lets it wait for the stream. */
  start(operationId: string, admitted: Admitted): void {
    const { stream } = this;
    if (!stream) return void this.waiting.set(operationId, admitted);
    const operation = new StreamedOperation(operationId, stream, () => {
      this.running.delete(operationId);
      this.lastActiveAt = Date.now();
    });
    this.running.set(operationId, operation);
    operation.subscription = this.operations.startAdmitted(stream.client, admitted, operation);
  }

  stop(operationId: string): void {
    this.waiting.delete(operationId);
    this.running.get(operationId)?.stop();
  }

  cutOff(why: CutOff): void {
    const message = why === 'revoked' ? 'The session has ended.' : 'The access token has expired.';
    for (const operation of [...this.running.values()]) {
      operation.subscription?.cancel();
      operation.error([{ message, extensions: { code: 'UNAUTHENTICATED' } }]);
    }
    this.stream?.finish();
  }

  restart(): void {
    this.stream?.outbox.send(Buffer.from(`retry: ${Math.floor(Math.random() * 1000)}\n\n`));
    this.stream?.finish();
  }

  closed(): void {
    this.isOver = true;
    this.forget();
    for (const operation of [...this.running.values()]) operation.stop();
  }
}

class StreamedOperation implements Sink {
  subscription?: LiveSubscription;
  private readonly lane: Lane;
  private isOver = false;

  constructor(
    private readonly id: string,
    private readonly stream: HttpStream,
    private readonly onOver: () => void,
  ) {
    const prefix = Buffer.from(`event: next\ndata: {"id":${JSON.stringify(id)},"payload":`);
    this.lane = new Lane(prefix, Buffer.from('}\n\n'), (cursor) => this.subscription?.tooSlow(cursor));
  }

  next(payload: Payload): void {
    this.stream.outbox.push(this.lane, payload);
  }

  whenRead(): Promise<void> | undefined {
    return this.stream.outbox.whenRead(this.lane);
  }

  giveUp(): void {
    this.stream.outbox.overflow(this.lane);
  }

  complete(): void {
    if (this.over()) this.send('complete', { id: this.id });
  }

  error(errors: readonly GraphQLFormattedError[]): void {
    if (!this.over()) return;
    this.send('next', { id: this.id, payload: { errors } });
    this.send('complete', { id: this.id });
  }

  /** The client wants no more of it, or is gone. */
  stop(): void {
    if (!this.over()) return;
    this.subscription?.cancel();
    this.stream.outbox.discard(this.lane);
  }

  private send(event: string, data: unknown): void {
    this.stream.outbox.send(Buffer.from(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
  }

  private over(): boolean {
    if (this.isOver) return false;
    this.isOver = true;
    this.onOver();
    return true;
  }
}
