/**
 * Feeds one track from one upstream while the track has members: executes each event once, in order. Resumes a lost upstream
 * from the cursor of the track. Authorises nobody.
 *
 * An upstream is accepted when the subgraph has confirmed it: by a result, by answering `subscribe` in the same process, or by
 * {@link SETTLED_MS} without an error. The end of an upstream leads to one of these:
 *
 * | End                          | Before it was ever accepted       | Refused when resumed             | Accepted, then ended |
 * | ---------------------------- | --------------------------------- | -------------------------------- | -------------------- |
 * | connection lost, unavailable | retried for {@link FIRST_START_MS} | retried without limit            | resumed              |
 * | access                       | ends one member                   | ends one member                  | ends one member      |
 * | unfit                        | ends all members                  | retried for {@link UNFIT_MS}     | ends all members     |
 * | final                        | ends all members                  | ends all members                 | ends all members     |
 */
import type { ExecutionResult, GraphQLFormattedError } from 'graphql';
import { StreamFailed, type GraphQLService, type Subscribed } from '@chat/kit/graphql/service';
import { backOff, classifyRefusal, isUnconfirmed } from './upstream';

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

/** How long a first start is retried before it fails, in milliseconds. */
const FIRST_START_MS = 10_000;

/**
 * How long a subgraph that has accepted the subscription before may find that it does not fit, in milliseconds. During a rolling
 * deployment a subgraph can be newer than the supergraph for a moment.
 */
const UNFIT_MS = 10_000;

/** A subgraph that refuses does so within one round trip. A stream without an error for this long is accepted. Milliseconds. */
const SETTLED_MS = 250;

type Outcome = 'stopped' | 'lost' | 'retry';

export class Feed {
  private readonly abort = new AbortController();
  private readonly startedAt = Date.now();
  private stream?: AsyncIterator<ExecutionResult>;
  private delivered = Promise.resolve();
  private underWay = 0;
  /** Whether any upstream so far was accepted. */
  private wasAccepted = false;
  /** Whether the current upstream is. */
  private isAccepted = false;
  /** Whether an upstream was lost after it had been accepted, and none has been accepted since. */
  private isLost = false;
  /** Whether the current upstream cannot resume where the last one stopped. */
  private hasNoCursor = false;
  /** When the subgraph first found that an upstream to be resumed does not fit. */
  private unfitSince?: number;

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
      this.isLost ||= this.wasAccepted;
      attempt = Date.now() - openedAt > 5000 ? 0 : attempt + 1;
      await backOff(attempt, this.abort.signal);
      if (this.abort.signal.aborted) return;
    }
  }

  private async follow(): Promise<Outcome> {
    try {
      const cursor = this.host.cursor();
      this.isAccepted = false;
      this.hasNoCursor = cursor === undefined;
      const subscribed = await this.host.open(cursor, this.abort.signal);
      if (this.abort.signal.aborted) {
        if (!('errors' in subscribed)) void subscribed.return?.();
        return 'stopped';
      }
      if ('errors' in subscribed) return this.refused(subscribed.errors.map((error) => error.toJSON?.() ?? error));
      return await this.read(subscribed);
    } catch (error) {
      await this.delivered;
      if (this.abort.signal.aborted) return 'stopped';
      return error instanceof StreamFailed ? this.refused(error.errors) : this.lost(error);
    }
  }

  private async read(stream: Exclude<Subscribed, { errors: unknown }>): Promise<Outcome> {
    this.stream = stream;
    let settled: NodeJS.Timeout | undefined;
    if (isUnconfirmed(stream)) settled = setTimeout(() => this.accepted(), SETTLED_MS);
    else this.accepted();
    try {
      for await (const event of stream) {
        if (this.abort.signal.aborted) return 'stopped';
        this.accepted();
        if (this.host.isStart(event)) continue;
        this.execute(event);
        if (this.underWay >= MAX_UNDER_WAY) await this.delivered;
      }
    } finally {
      clearTimeout(settled);
    }
    await this.delivered;
    if (!this.abort.signal.aborted) this.host.completed();
    return 'stopped';
  }

  /** Events are executed side by side and delivered in their order. */
  private execute(event: ExecutionResult): void {
    this.underWay++;
    const executed = this.host.execute(event);
    this.delivered = this.delivered.then(async () => {
      const deliver = await executed;
      this.underWay--;
      if (!this.abort.signal.aborted) await deliver();
    });
  }

  /** The subgraph has confirmed the current upstream. Safe to repeat. */
  private accepted(): void {
    if (this.isAccepted || this.abort.signal.aborted) return;
    this.isAccepted = this.wasAccepted = true;
    this.unfitSince = undefined;
    if (this.isLost && this.hasNoCursor) this.host.interrupted();
    this.isLost = false;
  }

  private refused(errors: readonly GraphQLFormattedError[]): Outcome {
    const refusal = classifyRefusal(errors);
    if (refusal === 'access') {
      this.host.refusedOne(errors);
      return 'retry';
    }
    if (refusal === 'unavailable' || (refusal === 'unfit' && this.mayFitLater()))
      return this.lost(new StreamFailed(errors), errors);
    this.host.refusedAll(errors);
    return 'stopped';
  }

  /** Only an upstream that is to be resumed: the subgraph accepted the same request before. */
  private mayFitLater(): boolean {
    if (this.isAccepted || !this.wasAccepted) return false;
    this.unfitSince ??= Date.now();
    return Date.now() - this.unfitSince < UNFIT_MS;
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
