/** All subscribers whose operation, variables and (where it matters) viewer are the same: one execution and one text per event for all of them. */
import type { ExecutionResult, GraphQLFormattedError } from 'graphql';
import { START_CURSOR_HEADER } from '@chat/kit/graphql/service';
import type { Logger } from '@chat/kit/logging';
import type { ExecutionScope } from '../execution/execution-scope';
import { primaryRequest, type Services, type Variables } from '../execution/executor';
import { publicError } from '../execution/public-error';
import type { PreparedOperation } from '../planning/prepared-operation';
import type { EntityBatches } from './entity-batches';
import { EventExecution } from './event-execution';
import { Feed } from './feed';
import type { LiveClient } from './live-client';
import type { LiveOperation } from './live-operation';
import type { SubscriptionMetrics } from './metrics';
import type { Payload } from './sink';
import type { Subscriber } from './subscriber';
import { Tracks, type Track } from './tracks';

/** What shared subscriptions take from the gateway around them. */
export interface Surroundings {
  onUpstreamLost(error: unknown): void;
  services(): Services;
  entities: EntityBatches;
  /** The headers of a request on a client's behalf: signed viewer, correlation id. */
  headersFor(client: LiveClient): Record<string, string>;
  metrics: SubscriptionMetrics;
  log: Logger;
  /** How much of a resumable stream's recent past is kept for those who come back. */
  memory: { maxEvents: number; maxBytes: number };
}

/** Told to subscribers of a field that cannot be resumed, once its upstream is back. */
const INTERRUPTED: Payload = {
  bytes: Buffer.from(
    JSON.stringify({
      data: null,
      errors: [
        {
          message: 'Events may have been missed. Read the state again; the subscription goes on.',
          extensions: { code: 'SUBSCRIPTION_INTERRUPTED' },
        },
      ],
    }),
  ),
};

export class SharedSubscription {
  private readonly tracks: Tracks<Payload>;
  private readonly feeds = new Map<Track<Payload>, Feed>();
  private readonly events: EventExecution;

  constructor(
    public live: LiveOperation,
    /** As the client wrote it; prepared again when the supergraph changes. */
    readonly original: PreparedOperation,
    /** Without the one that resumes. */
    readonly variables: Variables,
    /** Whether its subgraph decides only when the upstream begins; then it is one viewer's alone. */
    readonly isUndecided: boolean,
    private readonly around: Surroundings,
    private readonly onEmpty: () => void,
  ) {
    this.events = new EventExecution(variables);
    const { maxEvents, maxBytes } = around.memory;
    this.tracks = new Tracks({
      maxEntries: live.isResumable ? maxEvents : 0,
      maxBytes,
      sizeOf: (payload) => payload.bytes.length,
    });
  }

  /** Lets in who is authorised. Where the past after `cursor` is still known, it is given before this returns. */
  join(subscriber: Subscriber, cursor: string | undefined): void {
    subscriber.home = this;
    const opened = this.tracks.join(subscriber, cursor);
    if (!opened) return;
    const feed = this.feedFor(opened);
    this.feeds.set(opened, feed);
    this.around.metrics.upstreams.inc();
    feed.start();
  }

  leave(subscriber: Subscriber): void {
    subscriber.home = undefined;
    const emptied = this.tracks.leave(subscriber);
    if (emptied) this.close(emptied);
    if (this.tracks.all.size === 0) this.onEmpty();
  }

  /** Forgets the past before the last call. */
  age(): void {
    this.tracks.age();
  }

  /** Every subscriber, with the cursor that it has come to. */
  subscribers(): { subscriber: Subscriber; cursor: string | undefined }[] {
    return [...this.tracks.all].flatMap((track) =>
      [...track.members].map((member) => ({ subscriber: member as Subscriber, cursor: track.last })),
    );
  }

  /** Goes on with another version of the supergraph. @returns false where it would need another upstream. */
  adopt(live: LiveOperation): boolean {
    const before = primaryRequest(this.live.prepared, this.variables);
    const after = primaryRequest(live.prepared, this.variables);
    const isSame =
      before.subgraph === after.subgraph &&
      before.request.query === after.request.query &&
      live.isResumable === this.live.isResumable &&
      live.isViewerDependent === this.live.isViewerDependent;
    if (isSame) this.live = live;
    return isSame;
  }

  /** Tells a subscriber that moves between upstreams without a cursor. */
  static tellInterrupted(subscriber: Subscriber): void {
    subscriber.receive(INTERRUPTED);
  }

  private feedFor(track: Track<Payload>): Feed {
    let principal: Subscriber | undefined;
    return new Feed({
      cursor: () => track.last,
      open: (cursor, signal) => {
        principal = firstOf(track);
        const { subgraph, request } = primaryRequest(
          this.live.prepared,
          this.live.upstreamVariables(this.variables, cursor),
        );
        const service = this.around.services().get(subgraph);
        if (!service) throw new Error(`No service is known for the subgraph ${subgraph}.`);
        const headers = this.around.headersFor(principal.client);
        if (this.live.isResumable && cursor === undefined) headers[START_CURSOR_HEADER] = '1';
        return service.subscribe(request, { headers, signal });
      },
      isStart: (result) => {
        const cursor = this.live.startCursorOf(result);
        if (cursor === undefined) return false;
        if (track.last === undefined) track.startsAt(cursor);
        return true;
      },
      execute: (event) => this.execute(track, event),
      interrupted: () => {
        for (const member of track.members) member.receive(INTERRUPTED);
      },
      refusedOne: (errors) => principal?.fail(this.publicErrors(errors, principal.client)),
      refusedAll: (errors) => {
        const told = this.publicErrors(errors, firstOf(track).client);
        for (const member of [...track.members]) (member as Subscriber).fail(told);
      },
      completed: () => {
        for (const member of [...track.members]) (member as Subscriber).complete();
      },
      onLost: (error) => {
        this.around.metrics.upstreamLosses.inc();
        this.around.onUpstreamLost(error);
      },
    });
  }

  /** On behalf of whoever has followed longest and is still there: subgraphs may ask for a viewer even where none matters. */
  private async execute(track: Track<Payload>, event: ExecutionResult): Promise<() => Promise<void> | undefined> {
    const { live } = this;
    const cursor = live.cursorOf(event);
    const behalf = () => {
      if (!this.feeds.has(track)) return undefined;
      const { client } = firstOf(track);
      const executors = this.around.entities.for((query) => live.sharersOf(query, client.viewer));
      return { scope: this.scopeOf(client), executors };
    };
    const result = live.strip(await this.events.run(live.prepared, event, behalf));
    const bytes = Buffer.from(JSON.stringify(result));
    this.around.metrics.events.inc();
    return () => {
      this.around.metrics.deliveries.inc(track.members.size);
      const payload: Payload = { bytes, cursor, after: track.last };
      for (const gone of this.tracks.deliver(track, { cursor, payload })) this.close(gone);
      return track.isCurrent ? undefined : pace(track);
    };
  }

  private close(track: Track<Payload>): void {
    const feed = this.feeds.get(track);
    if (!feed) return;
    this.feeds.delete(track);
    this.around.metrics.upstreams.dec();
    feed.stop();
  }

  private publicErrors(errors: readonly GraphQLFormattedError[], client: LiveClient): GraphQLFormattedError[] {
    const scope = this.scopeOf(client);
    return errors.map((error) => publicError(error, { scope }));
  }

  private scopeOf(client: LiveClient): ExecutionScope {
    return { viewer: client.viewer, headers: this.around.headersFor(client), log: this.around.log };
  }
}

/** A track has a member as long as it has an upstream. */
function firstOf(track: Track<Payload>): Subscriber {
  return track.members.values().next().value as Subscriber;
}

/** How long those who catch up are waited for, in milliseconds, before they count as too slow. */
const PACE_MS = 2_000;

/**
 * The past is read as fast as the first of those who catch up on it can take it: whoever reads more slowly than others
 * resumes on a track of its own in the end, at its own pace. What happens now waits for nobody.
 */
function pace(track: Track<Payload>): Promise<void> | undefined {
  const behind: Subscriber[] = [];
  const reads: Promise<void>[] = [];
  for (const member of track.members as Set<unknown> as Set<Subscriber>) {
    const read = member.whenRead();
    if (!read) return undefined;
    behind.push(member);
    reads.push(read);
  }
  if (behind.length === 0) return undefined;
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      for (const subscriber of behind) if (subscriber.whenRead() !== undefined) subscriber.giveUp();
      resolve();
    }, PACE_MS);
    void Promise.race(reads).then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
