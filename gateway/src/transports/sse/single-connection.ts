/** The single connection mode of graphql-sse's PROTOCOL.md: separate requests start operations, and one event stream carries all results. */
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { GraphQLFormattedError } from 'graphql';
import { cutOffErrors, type CutOff } from '../../subscriptions/live-client';
import { HttpStream, type HttpStreams, type StreamCall, type StreamRefusal, type StreamOwner } from '../http-stream';
import type { LiveOperations } from '../../operations/live-operations';
import { MultiplexedOperation } from '../multiplexed-operation';
import type { Outbox } from '../outbox';
import type { Admitted } from '../../operations/admission';
import type { Caller } from '../../operations/request-pipeline';
import { EVENT_STREAM, retryHint } from '../stream-format';

/** How long a reservation stays valid until its stream is opened, in milliseconds. */
const RESERVATION_MS = 30_000;

/** Reservations and open streams, by token. */
export class Reservations {
  private readonly byToken = new Map<string, Reservation>();

  constructor(
    private readonly streams: HttpStreams,
    private readonly operations: LiveOperations,
  ) {}

  /** @returns the one-time token. `identify` is called again when the stream is opened, since the session may have ended. */
  reserve({ caller, correlationId, trace }: StreamCall, identify: () => Promise<Caller>): string {
    const token = randomUUID();
    const forget = () => this.byToken.delete(token);
    const call = { caller, correlationId, trace };
    const made = new Reservation(this.streams, this.operations, call, identify, forget);
    this.byToken.set(token, made);
    return token;
  }

  find(token: string): Reservation | undefined {
    return this.byToken.get(token);
  }
}

export class Reservation implements StreamOwner {
  private stream?: HttpStream;
  /** Operations that wait for the stream. */
  private readonly waiting = new Map<string, Admitted>();
  private readonly running = new Map<string, StreamedOperation>();
  private readonly expiry: NodeJS.Timeout;
  private isClaimed = false;
  private lastActiveAt = performance.now();
  /** The stream was open and has closed. */
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

  /** Whether the reservation belongs to the caller's account. A newer token of that account replaces the old one. */
  admits({ viewer }: Caller): boolean {
    if (viewer?.id !== this.call.caller.viewer?.id) return false;
    const held = this.stream?.client;
    if (held?.viewer && viewer && viewer.expiresAt > held.viewer.expiresAt) this.operations.hub.renew(held, viewer);
    return true;
  }

  /** @returns false if the stream has been claimed before. */
  claim(): boolean {
    if (this.isClaimed) return false;
    this.isClaimed = true;
    clearTimeout(this.expiry);
    return true;
  }

  /** @returns the refusal, or undefined if the stream is open. @throws UNAUTHENTICATED if the session has ended. */
  async open(response: ServerResponse): Promise<StreamRefusal | undefined> {
    let refusal: StreamRefusal | undefined;
    try {
      const caller = await this.identify();
      const stream = new HttpStream(this.streams, 'sse', EVENT_STREAM, response, { ...this.call, caller });
      refusal = await stream.open(this);
      if (!refusal) {
        stream.announce();
        this.stream = stream;
      }
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

  /** Starts an operation, or queues it until the stream is open. */
  start(operationId: string, admitted: Admitted): void {
    const { stream } = this;
    if (!stream) return void this.waiting.set(operationId, admitted);
    const operation = new StreamedOperation(operationId, stream.outbox, () => {
      this.running.delete(operationId);
      this.lastActiveAt = performance.now();
    });
    this.running.set(operationId, operation);
    operation.subscription = this.operations.startAdmitted(stream.client, admitted, operation);
  }

  stop(operationId: string): void {
    this.waiting.delete(operationId);
    this.running.get(operationId)?.leave();
  }

  cutOff(reason: CutOff): void {
    for (const operation of [...this.running.values()]) operation.end(cutOffErrors(reason));
    this.stream?.finish();
  }

  restart(): void {
    this.stream?.outbox.send(retryHint());
    this.stream?.finish();
  }

  closed(): void {
    this.isOver = true;
    this.forget();
    for (const operation of [...this.running.values()]) operation.leave();
  }
}

class StreamedOperation extends MultiplexedOperation {
  constructor(
    private readonly id: string,
    outbox: Outbox,
    onOver: () => void,
  ) {
    const prefix = Buffer.from(`event: next\ndata: {"id":${JSON.stringify(id)},"payload":`);
    super(outbox, prefix, Buffer.from('}\n\n'), onOver);
  }

  complete(): void {
    if (this.over()) this.send('complete', { id: this.id });
  }

  error(errors: readonly GraphQLFormattedError[]): void {
    if (!this.over()) return;
    this.send('next', { id: this.id, payload: { errors } });
    this.send('complete', { id: this.id });
  }

  private send(event: string, data: unknown): void {
    this.outbox.send(Buffer.from(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
  }
}
