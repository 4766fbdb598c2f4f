/** One operation on one HTTP response, in the {@link StreamFormat} that its client accepts. */
import type { ServerResponse } from 'node:http';
import type { GraphQLFormattedError } from 'graphql';
import { cutOffErrors, type CutOff } from '../subscriptions/live-client';
import type { LiveSubscription, Payload, Sink } from '../subscriptions/sink';
import { HttpStream, type HttpStreams, type StreamCall, type StreamRefusal, type StreamOwner } from './http-stream';
import type { LiveOperations } from '../operations/live-operations';
import { Lane } from './lane';
import type { Admitted } from '../operations/admission';
import { EVENT_STREAM, retryHint, type StreamFormat } from './stream-format';

export class SingleOperationStream implements Sink, StreamOwner {
  private readonly stream: HttpStream;
  private readonly lane: Lane;
  private subscription?: LiveSubscription;
  private isOver = false;

  constructor(
    streams: HttpStreams,
    private readonly operations: LiveOperations,
    private readonly format: StreamFormat,
    response: ServerResponse,
    call: StreamCall,
  ) {
    const transport = format === EVENT_STREAM ? 'sse' : 'multipart';
    this.stream = new HttpStream(streams, transport, format, response, call);
    this.lane = new Lane(format.prefix, format.suffix, (cursor) => this.subscription?.tooSlow(cursor));
  }

  /** @returns the refusal, or undefined if the stream has begun. */
  async begin(admitted: Admitted): Promise<StreamRefusal | undefined> {
    const refusal = await this.stream.open(this);
    if (refusal || this.isOver) return refusal;
    if (admitted.prepared.kind !== 'subscription') this.stream.announce();
    this.subscription = this.operations.startAdmitted(this.stream.client, admitted, this);
    return undefined;
  }

  /** Opens the stream only to report errors, for clients that read nothing else. */
  async beginRefused(errors: readonly GraphQLFormattedError[]): Promise<StreamRefusal | undefined> {
    const refusal = await this.stream.open(this);
    if (!refusal) this.error(errors);
    return refusal;
  }

  begun(): void {
    if (!this.isOver) this.stream.announce();
  }

  next(payloads: readonly Payload[]): void {
    this.stream.outbox.push(this.lane, payloads);
  }

  whenDrained(): Promise<void> | undefined {
    return this.stream.outbox.whenDrained(this.lane);
  }

  overflow(): void {
    this.stream.outbox.overflow(this.lane);
  }

  complete(): void {
    this.end(this.format.completion);
  }

  error(errors: readonly GraphQLFormattedError[]): void {
    this.end(this.format.failure(errors));
  }

  cutOff(reason: CutOff): void {
    this.subscription?.cancel();
    this.error(cutOffErrors(reason));
  }

  /** Without a completion message, an EventSource client reconnects by itself. */
  restart(): void {
    this.subscription?.cancel();
    if (this.format === EVENT_STREAM) return this.end(retryHint());
    this.error([
      { message: 'The gateway is restarting. Subscribe again.', extensions: { code: 'SERVICE_UNAVAILABLE' } },
    ]);
  }

  closed(): void {
    this.isOver = true;
    this.subscription?.cancel();
  }

  private end(last: Buffer): void {
    if (this.isOver) return;
    this.isOver = true;
    this.stream.outbox.send(last);
    this.stream.finish();
  }
}
