/**
 * Feeds one track from one upstream, for as long as anybody follows it: executes each event once, in order, and when the
 * upstream is lost starts it again where it stopped. Decides nothing about who may follow.
 */
import type { ExecutionResult, GraphQLFormattedError } from 'graphql';
import type { GraphQLService, Subscribed } from '@chat/kit/graphql/service';
import { backOff, classifyRefusal, UpstreamRefused } from './upstream';

/** What a feed needs from the subscription that it belongs to. */
export interface FeedHost {
  /** Starts the upstream after `cursor`, on behalf of a member who is there now. */
  open(cursor: string | undefined, signal: AbortSignal): ReturnType<GraphQLService['subscribe']>;
  /** Completes and shapes an event, and returns how to deliver it; where the next can wait, what to wait for. Never rejects. */
  execute(event: ExecutionResult): Promise<() => Promise<void> | undefined>;
  /** Takes note of where the upstream begins. @returns whether a result says that, and is no event. */
  isStart(result: ExecutionResult): boolean;
  /** The cursor that the track has come to. */
  cursor(): string | undefined;
  /** The upstream is back, and what happened meanwhile cannot be known. */
  interrupted(): void;
  /** The member on whose behalf the upstream was last opened may not follow it. */
  refusedOne(errors: readonly GraphQLFormattedError[]): void;
  /** Nobody can follow it. */
  refusedAll(errors: readonly GraphQLFormattedError[]): void;
  completed(): void;
  onLost(error: unknown): void;
}

/** How many events of one upstream may be under way at once; beyond it the upstream is read no further. */
const MAX_UNDER_WAY = 32;

/** How long a first start is tried before it fails, in milliseconds. Later starts are tried for ever. */
const FIRST_START_MS = 10_000;

type Outcome = 'stopped' | 'lost' | 'retry';

export class Feed {
  private readonly abort = new AbortController();
  private readonly startedAt = Date.now();
  private stream?: AsyncIterator<ExecutionResult>;
  private delivered = Promise.resolve();
  private underWay = 0;
  private wasAccepted = false;
  private isLost = false;

  constructor(private readonly host: FeedHost) {}

  start(): void {
    void this.run();
  }

  /** Nothing is delivered after this. Safe to repeat. */
  stop(): void {
    this.abort.abort();
    void this.stream?.return?.();
  }

  private async run(): Promise<void> {
    for (let attempt = 0; ;) {
      const openedAt = Date.now();
      const outcome = await this.follow();
      await this.delivered; // so that the upstream resumes after what has been delivered, and not after what was under way
      if (outcome === 'stopped' || this.abort.signal.aborted) return;
      if (outcome === 'retry') continue;
      this.isLost = this.wasAccepted;
      attempt = Date.now() - openedAt > 5000 ? 0 : attempt + 1;
      await backOff(attempt, this.abort.signal);
      if (this.abort.signal.aborted) return;
    }
  }

  private async follow(): Promise<Outcome> {
    try {
      const cursor = this.host.cursor();
      const subscribed = await this.host.open(cursor, this.abort.signal);
      if (this.abort.signal.aborted) {
        if (!('errors' in subscribed)) void subscribed.return?.();
        return 'stopped';
      }
      if ('errors' in subscribed) return this.refused(subscribed.errors.map((error) => error.toJSON?.() ?? error));
      if (this.isLost && cursor === undefined) this.host.interrupted();
      this.isLost = false;
      this.wasAccepted = true;
      return await this.read(subscribed);
    } catch (error) {
      if (this.abort.signal.aborted) return 'stopped';
      return error instanceof UpstreamRefused ? this.refused(error.errors) : this.lost(error);
    }
  }

  private async read(stream: Exclude<Subscribed, { errors: unknown }>): Promise<Outcome> {
    this.stream = stream;
    for await (const event of stream) {
      if (this.abort.signal.aborted) return 'stopped';
      if (this.host.isStart(event)) continue;
      this.accept(event);
      if (this.underWay >= MAX_UNDER_WAY) await this.delivered;
    }
    await this.delivered;
    if (!this.abort.signal.aborted) this.host.completed();
    return 'stopped';
  }

  /** Events are executed side by side and delivered in their order. */
  private accept(event: ExecutionResult): void {
    this.underWay++;
    const executed = this.host.execute(event);
    this.delivered = this.delivered.then(async () => {
      const deliver = await executed;
      this.underWay--;
      if (!this.abort.signal.aborted) await deliver();
    });
  }

  private refused(errors: readonly GraphQLFormattedError[]): Outcome {
    const refusal = classifyRefusal(errors, this.wasAccepted);
    if (refusal === 'unavailable') return this.lost(new UpstreamRefused(errors), errors);
    if (refusal === 'final') {
      this.host.refusedAll(errors);
      return 'stopped';
    }
    this.host.refusedOne(errors);
    return 'retry';
  }

  private lost(error: unknown, errors?: readonly GraphQLFormattedError[]): Outcome {
    this.host.onLost(error);
    if (this.wasAccepted || Date.now() - this.startedAt < FIRST_START_MS) return 'lost';
    const unavailable = {
      message: 'The subscription could not be started.',
      extensions: { code: 'SERVICE_UNAVAILABLE' },
    };
    this.host.refusedAll(errors ?? [unavailable]);
    return 'stopped';
  }
}
