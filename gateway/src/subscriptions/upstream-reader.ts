/**
 * Reads one upstream for one track: executes each event once, delivers results in order, and resumes a lost upstream from the
 * track's cursor. Authorises nobody. The states and the effect of each event are in `upstream-state.ts`.
 */
import type { ExecutionResult, GraphQLFormattedError } from 'graphql';
import { StreamFailed, type GraphQLService, type Subscribed } from '@chat/kit/graphql/service';
import { backOff, classifyRefusal, isUnconfirmed, type Refusal } from './upstream';
import { nextUpstreamState, type UpstreamEffect, type UpstreamEvent, type UpstreamState } from './upstream-state';

type Errors = readonly GraphQLFormattedError[];

/** Delivers an event. Resolves once the next delivery may begin; undefined if it may at once. */
export type Delivery = () => Promise<void> | undefined;

/** The shared subscription that a reader works for. */
export interface UpstreamReaderHost {
  /** Opens the upstream after `cursor`, on behalf of a current member. */
  open(cursor: string | undefined, signal: AbortSignal): ReturnType<GraphQLService['subscribe']>;
  /** Completes and shapes an event, at once if it can. Never rejects. */
  execute(event: ExecutionResult): Delivery | Promise<Delivery>;
  /** Records where the upstream begins. @returns false if the result is an event instead. */
  isStart(result: ExecutionResult): boolean;
  /** Whether the subgraph is expected to confirm the start of an upstream without a cursor by a result. */
  readonly confirmsStart: boolean;
  /** The upstream is live: no later event is missed unsaid. Must be safe to repeat. */
  begun(): void;
  /** The cursor of the track's last delivered event. */
  cursor(): string | undefined;
  /** Events may have been missed between two upstreams. */
  interrupted(): void;
  /** The member on whose behalf the upstream was last opened may not follow it. */
  refusedOne(errors: Errors): void;
  refusedAll(errors: Errors): void;
  completed(): void;
  onLost(error: unknown): void;
}

/** The reader stops reading while this many events of one upstream are in flight. */
const MAX_IN_FLIGHT = 32;

/** How long a first start is retried before it fails, in milliseconds. */
const FIRST_START_MS = 10_000;

/**
 * How long a subgraph that accepted the subscription before may reject it as unfit, in milliseconds. During a rolling deployment
 * a subgraph can be newer than the supergraph for a moment.
 */
const UNFIT_MS = 10_000;

/** A subgraph that refuses does so within one round trip. A stream without an error for this long is accepted. Milliseconds. */
const SETTLED_MS = 250;

/** How long the gateway waits for a start that the subgraph is expected to confirm, in milliseconds. */
const CONFIRMED_MS = 5_000;

/** An upstream that lasted for this long resets the backoff, in milliseconds. */
const STABLE_MS = 5_000;

const EVENTS: Readonly<Record<Refusal, UpstreamEvent>> = {
  access: 'forbidden',
  unavailable: 'unavailable',
  unfit: 'unfit',
  final: 'rejected',
};

const UNAVAILABLE: Errors = [
  { message: 'The subscription could not be started.', extensions: { code: 'SERVICE_UNAVAILABLE' } },
];

/** How an upstream ended. */
interface UpstreamEnd {
  event: UpstreamEvent;
  errors?: Errors;
  error?: unknown;
}

export class UpstreamReader {
  private readonly abort = new AbortController();
  private readonly startedAt = performance.now();
  private state: UpstreamState = 'starting';
  private stream?: AsyncIterator<ExecutionResult>;
  private delivered = Promise.resolve();
  private inFlight = 0;
  /** Events before which a later one must not be delivered. */
  private undelivered = 0;
  /** Whether the current upstream was opened without a cursor to resume from. */
  private hasNoCursor = false;
  /** Whether the current upstream is to be replaced; see {@link reopen}. */
  private isOutdated = false;
  /** When the subgraph first found that a resumed upstream does not fit. */
  private unfitSince?: number;

  constructor(private readonly host: UpstreamReaderHost) {}

  start(): void {
    void this.run();
  }

  /** Nothing is delivered after this. Safe to repeat. */
  stop(): void {
    this.apply('stopped');
    this.abort.abort();
    void this.stream?.return?.();
  }

  /** Replaces the upstream by one that is opened anew, on behalf of the viewer as it is now. Events in flight are delivered first. */
  reopen(): void {
    this.isOutdated = true;
    void this.stream?.return?.();
  }

  private async run(): Promise<void> {
    for (let attempt = 0; this.state !== 'stopped';) {
      const openedAt = performance.now();
      const end = await this.follow();
      if (this.isOutdated && end.event !== 'stopped') end.event = 'outdated';
      await this.delivered; // or the next upstream would repeat the events in flight
      if (this.isStopped) return;
      const event = this.isPastDeadline(end.event) ? 'timedOut' : end.event;
      const effect = this.apply(event);
      this.perform(effect, event, end);
      if (effect !== 'retry') continue;
      attempt = performance.now() - openedAt > STABLE_MS ? 0 : attempt + 1;
      await backOff(attempt, this.abort.signal);
    }
  }

  private async follow(): Promise<UpstreamEnd> {
    try {
      const cursor = this.host.cursor();
      this.hasNoCursor = cursor === undefined;
      this.isOutdated = false;
      const subscribed = await this.host.open(cursor, this.abort.signal);
      if ('errors' in subscribed) return refusal(subscribed.errors.map((error) => error.toJSON?.() ?? error));
      if (this.isStopped) {
        void subscribed.return?.();
        return { event: 'stopped' };
      }
      if (this.isOutdated) {
        void subscribed.return?.();
        return { event: 'outdated' };
      }
      return await this.read(subscribed);
    } catch (error) {
      return error instanceof StreamFailed ? refusal(error.errors) : { event: 'unavailable', error };
    }
  }

  private async read(stream: Exclude<Subscribed, { errors: unknown }>): Promise<UpstreamEnd> {
    this.stream = stream;
    const timers: NodeJS.Timeout[] = [];
    if (isUnconfirmed(stream)) {
      // From a cursor, nothing is missed however late the subgraph begins.
      const begunMs = this.hasNoCursor && this.host.confirmsStart ? CONFIRMED_MS : SETTLED_MS;
      timers.push(
        setTimeout(() => this.accept(), SETTLED_MS),
        setTimeout(() => this.host.begun(), begunMs),
      );
    } else {
      this.accept();
      this.host.begun();
    }
    try {
      for await (const event of stream) {
        if (this.isStopped) return { event: 'stopped' };
        if (this.isOutdated) break;
        this.accept();
        const isStart = this.host.isStart(event);
        this.host.begun();
        if (isStart) continue;
        this.execute(event);
        if (this.inFlight >= MAX_IN_FLIGHT) await this.delivered;
      }
    } finally {
      for (const timer of timers) clearTimeout(timer);
    }
    return { event: 'completed' };
  }

  /** Events are executed concurrently and delivered in order. */
  private execute(event: ExecutionResult): void {
    const executed = this.host.execute(event);
    if (this.undelivered === 0 && typeof executed === 'function') {
      const next = executed();
      if (next) this.deliverNext(() => next);
      return;
    }
    this.inFlight++;
    this.deliverNext(async () => {
      const deliver = await executed;
      this.inFlight--;
      if (!this.isStopped) await deliver();
    });
  }

  private deliverNext(deliver: () => Promise<void>): void {
    this.undelivered++;
    this.delivered = this.delivered.then(deliver).then(() => void this.undelivered--);
  }

  private accept(): void {
    this.unfitSince = undefined;
    if (this.apply('accepted') === 'reportGap' && this.hasNoCursor) this.host.interrupted();
  }

  private get isStopped(): boolean {
    return this.state === 'stopped';
  }

  private apply(event: UpstreamEvent): UpstreamEffect {
    const { to, effect } = nextUpstreamState(this.state, event);
    this.state = to;
    return effect;
  }

  private isPastDeadline(event: UpstreamEvent): boolean {
    if (this.state === 'starting')
      return event === 'unavailable' && performance.now() - this.startedAt >= FIRST_START_MS;
    if (this.state !== 'resuming' || event !== 'unfit') return false;
    this.unfitSince ??= performance.now();
    return performance.now() - this.unfitSince >= UNFIT_MS;
  }

  private perform(effect: UpstreamEffect, event: UpstreamEvent, { errors, error }: UpstreamEnd): void {
    if (effect === 'retry' || event === 'timedOut') this.host.onLost(error ?? new StreamFailed(errors ?? UNAVAILABLE));
    if (effect === 'failOne') this.host.refusedOne(errors ?? UNAVAILABLE);
    if (effect === 'failAll') this.host.refusedAll(errors ?? UNAVAILABLE);
    if (effect === 'completeAll') this.host.completed();
  }
}

function refusal(errors: Errors): UpstreamEnd {
  return { event: EVENTS[classifyRefusal(errors)], errors };
}
