/**
 * The subscribers of one operation with equal variables and, if the selection depends on the viewer, equal viewers. They share
 * one execution and one serialised result per event.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { ExecutionResult, GraphQLFormattedError } from 'graphql';
import { START_CURSOR_HEADER } from '@chat/kit/graphql/service';
import type { ExecutionScope } from '../execution/execution-scope';
import { primaryRequest, type Variables } from '../execution/executor';
import { publicError } from '../execution/public-error';
import type { PreparedOperation } from '../planning/prepared-operation';
import { canonicalJson } from './canonical-json';
import { EventExecution } from './event-execution';
import { KnownAccess } from './known-access';
import type { LiveClient } from './live-client';
import type { LiveOperation } from './live-operation';
import type { Payload } from './sink';
import type { Subscriber, SubscriberGroup } from './subscriber';
import type { SubscriptionDeps } from './subscription-deps';
import { Tracks, type Track } from './tracks';
import { UpstreamReader, type Delivery } from './upstream-reader';

/** Interval at which held events are examined, in milliseconds. */
const HELD_POLL_MS = 25;

/** Sent to subscribers of a field that cannot be resumed, after its upstream was replaced. */
const INTERRUPTED: Payload = {
  bytes: Buffer.from(
    JSON.stringify({
      data: null,
      errors: [
        {
          message: 'Events may have been missed. Refetch the current state; the subscription continues.',
          extensions: { code: 'SUBSCRIPTION_INTERRUPTED' },
        },
      ],
    }),
  ),
};

export class SharedSubscription implements SubscriberGroup {
  private readonly tracks: Tracks<Payload>;
  private readonly readers = new Map<Track<Payload>, UpstreamReader>();
  private readonly events: EventExecution;
  /** The roles for which a track's upstream was opened. */
  private readonly openedFor = new WeakMap<Track<Payload>, string>();
  /** Canonical JSON. */
  private readonly variablesKey: string;
  /** Subscribers whose access is or was in doubt. */
  private readonly doubted = new Set<Subscriber>();

  constructor(
    public live: LiveOperation,
    /** The client's operation, which is prepared again when the supergraph changes. */
    readonly original: PreparedOperation,
    /** Without the variable that resumes. */
    readonly variables: Variables,
    /** Whether the owning subgraph decides only when the upstream begins; if so, one viewer has it alone. */
    readonly isUndecided: boolean,
    private readonly deps: SubscriptionDeps,
    private readonly onEmpty: () => void,
  ) {
    this.events = new EventExecution(variables);
    this.variablesKey = canonicalJson(variables);
    const { maxEvents, maxBytes } = deps.memory;
    this.tracks = new Tracks(
      { maxEntries: live.isResumable ? maxEvents : 0, maxBytes, sizeOf: (payload) => payload.bytes.length },
      deps.defer,
    );
  }

  /** Adds an authorised subscriber. If the events after `cursor` are still in memory, it receives them before this returns. */
  join(subscriber: Subscriber, cursor: string | undefined): void {
    subscriber.shared = this;
    if (subscriber.access.isInDoubt) this.doubted.add(subscriber);
    const opened = this.tracks.join(subscriber, cursor);
    if (!opened) return;
    const reader = this.readerFor(opened);
    this.readers.set(opened, reader);
    this.deps.metrics.upstreams.inc();
    reader.start();
  }

  leave(subscriber: Subscriber): void {
    subscriber.shared = undefined;
    this.doubted.delete(subscriber);
    const emptied = this.tracks.leave(subscriber);
    if (emptied) this.close(emptied);
    if (this.tracks.all.size === 0) this.onEmpty();
  }

  doubt(subscriber: Subscriber): void {
    subscriber.access.doubt(performance.now());
    this.doubted.add(subscriber);
  }

  /** Opens upstreams anew whose viewer has other roles than when they were opened, if these matter for the results. */
  refreshRoles(): void {
    if (!this.live.isViewerDependent && !this.isUndecided) return;
    for (const [track, reader] of this.readers) {
      const roles = this.openedFor.get(track);
      if (roles !== undefined && roles !== this.deps.rolesOf(firstOf(track).client)) reader.reopen();
    }
  }

  /** Forgets the events delivered before the last call. */
  age(): void {
    this.tracks.age();
  }

  /** Every subscriber, with the cursor of its last event. */
  subscribers(): { subscriber: Subscriber; cursor: string | undefined }[] {
    for (const track of this.tracks.all) track.settle();
    return [...this.tracks.all].flatMap((track) =>
      [...track.members].map((member) => ({ subscriber: member as Subscriber, cursor: track.last })),
    );
  }

  /** Continues with another version of the supergraph. @returns false if that needs another upstream. */
  adopt(live: LiveOperation): boolean {
    const before = primaryRequest(this.live.prepared, this.variables);
    const after = primaryRequest(live.prepared, this.variables);
    const isSame =
      before.subgraph === after.subgraph &&
      before.request.query === after.request.query &&
      live.isResumable === this.live.isResumable &&
      live.isViewerDependent === this.live.isViewerDependent &&
      this.isReadOnly(live) === this.isReadOnly();
    if (isSame) this.live = live;
    return isSame;
  }

  /** For a subscriber that moves to another upstream without a cursor. */
  static tellInterrupted(subscriber: Subscriber): void {
    subscriber.receive([INTERRUPTED]);
  }

  private readerFor(track: Track<Payload>): UpstreamReader {
    let principal: Subscriber | undefined;
    return new UpstreamReader({
      cursor: () => track.last,
      open: (cursor, signal) => {
        principal = firstOf(track);
        const { subgraph, request } = primaryRequest(
          this.live.prepared,
          this.live.upstreamVariables(this.variables, cursor),
        );
        const service = this.deps.services().get(subgraph);
        if (!service) throw new Error(`The subgraph ${subgraph} has no service.`);
        const headers = this.deps.headersFor(principal.client);
        this.openedFor.set(track, this.deps.rolesOf(principal.client));
        if (cursor === undefined) headers[START_CURSOR_HEADER] = '1';
        return service.subscribe(request, { headers, signal, isReadOnly: this.isReadOnly() });
      },
      isStart: (result) => {
        if (!this.live.isStart(result)) return false;
        const cursor = this.live.startCursorOf(result);
        if (cursor !== undefined && track.last === undefined) track.startsAt(cursor);
        return true;
      },
      // A subgraph that decides beforehand confirms starts as well.
      confirmsStart: !this.isUndecided,
      begun: () => track.begin(),
      execute: (event) => this.execute(track, event),
      interrupted: () => {
        track.settle();
        for (const member of track.members) member.receive([INTERRUPTED]);
      },
      refusedOne: (errors) => {
        track.settle();
        principal?.fail(this.publicErrors(errors, principal.client));
      },
      refusedAll: (errors) => {
        track.settle();
        const told = this.publicErrors(errors, firstOf(track).client);
        for (const member of [...track.members]) (member as Subscriber).fail(told);
      },
      completed: () => {
        track.settle();
        for (const member of [...track.members]) (member as Subscriber).complete();
      },
      onLost: (error) => {
        this.deps.metrics.upstreamLosses.inc();
        this.deps.onUpstreamLost(error);
      },
    });
  }

  /** Runs on behalf of the oldest member, since a subgraph may require a viewer even if the result does not depend on it. */
  private execute(track: Track<Payload>, event: ExecutionResult): Delivery | Promise<Delivery> {
    const arrivedAt = performance.now();
    if (event.errors || this.needsOthers()) return this.executeInTurn(track, event, arrivedAt);
    const { live } = this;
    const cursor = live.cursorOf(event);
    const make = () => {
      const result = this.events.runPlain(live.prepared, event, this.scopeOf(firstOf(track).client));
      return { bytes: Buffer.from(JSON.stringify(live.strip(result))) };
    };
    const delivery = live.isResumable
      ? this.deliveryTo(track, make(), cursor)
      : this.deliveryTo(track, this.deps.repeated.of(event, live.prepared, this.variablesKey, make));
    return this.mustHold(track, arrivedAt) ? this.release(track, arrivedAt).then(() => delivery) : delivery;
  }

  private async executeInTurn(track: Track<Payload>, event: ExecutionResult, arrivedAt: number): Promise<Delivery> {
    const cursor = this.live.cursorOf(event);
    const bytes = await this.bytesOf(track, event);
    if (this.mustHold(track, arrivedAt)) await this.release(track, arrivedAt);
    return this.deliveryTo(track, { bytes }, cursor);
  }

  private deliveryTo(track: Track<Payload>, result: Payload, cursor?: string): Delivery {
    this.deps.metrics.events.inc();
    return () => {
      this.deps.metrics.deliveries.inc(track.members.size);
      const payload = this.live.isResumable ? { ...result, cursor, after: track.last } : result;
      for (const gone of this.tracks.deliver(track, { cursor, payload })) this.close(gone);
      return track.isCurrent ? undefined : pace(track);
    };
  }

  /** Whether events are passed on unchanged and without a cursor, so that equal ones of several upstreams may have one result. */
  private isReadOnly(live = this.live): boolean {
    return !live.isResumable && !this.needsOthers(live);
  }

  /** Whether events are completed by requests to other subgraphs. */
  private needsOthers(live = this.live): boolean {
    return live.prepared.plans.for(this.variables).step !== undefined;
  }

  private async bytesOf(track: Track<Payload>, event: ExecutionResult): Promise<Buffer> {
    const { live } = this;
    const context = () => {
      if (!this.readers.has(track)) return undefined;
      const { client } = firstOf(track);
      const executors = this.deps.entities.for((query) => live.fetchSharingKey(query, client.viewer));
      return { scope: this.scopeOf(client), executors };
    };
    const result = live.strip(await this.events.run(live.prepared, event, context));
    return Buffer.from(JSON.stringify(result));
  }

  /** Whether the access of a subscriber is not known well enough to deliver an event to the track. */
  private mustHold(track: Track<Payload>, arrivedAt: number): boolean {
    if (this.isUndecided) return false;
    const event = { arrivedAt };
    const receivedUntil = this.deps.accessReceivedUntil();
    const isNotified = KnownAccess.isNotified(event, receivedUntil);
    // Of thousands of members, few are in doubt.
    for (const member of isNotified ? this.doubted : track.members) {
      const subscriber = member as Subscriber;
      if (isNotified && !subscriber.access.isInDoubt) this.doubted.delete(subscriber);
      else if (subscriber.track === track && subscriber.access.mustHold(event, receivedUntil)) return true;
    }
    return false;
  }

  /** Resolves once checks have allowed every subscriber of the track or ended its subscription. Polls, as only an outage leads here. */
  private async release(track: Track<Payload>, arrivedAt: number): Promise<void> {
    while (this.readers.has(track) && this.mustHold(track, arrivedAt)) await delay(HELD_POLL_MS);
  }

  private close(track: Track<Payload>): void {
    const reader = this.readers.get(track);
    if (!reader) return;
    this.readers.delete(track);
    this.deps.metrics.upstreams.dec();
    reader.stop();
  }

  private publicErrors(errors: readonly GraphQLFormattedError[], client: LiveClient): GraphQLFormattedError[] {
    const scope = this.scopeOf(client);
    return errors.map((error) => publicError(error, { scope }));
  }

  private scopeOf(client: LiveClient): ExecutionScope {
    return { viewer: client.viewer, headers: this.deps.headersFor(client), log: this.deps.log };
  }
}

/** A track with an upstream has at least one member. */
function firstOf(track: Track<Payload>): Subscriber {
  return track.members.values().next().value as Subscriber;
}

/** How long delivery waits for resuming subscribers before they count as too slow, in milliseconds. */
const PACE_MS = 2_000;

/**
 * Delivers history at the pace of the fastest resuming subscriber. A slower one overflows and resumes on a track of its own.
 * Live events are not paced.
 */
function pace(track: Track<Payload>): Promise<void> | undefined {
  const behind: Subscriber[] = [];
  const reads: Promise<void>[] = [];
  for (const member of track.members as Set<unknown> as Set<Subscriber>) {
    const read = member.whenDrained();
    if (!read) return undefined;
    behind.push(member);
    reads.push(read);
  }
  if (behind.length === 0) return undefined;
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      for (const subscriber of behind) if (subscriber.whenDrained() !== undefined) subscriber.overflow();
      resolve();
    }, PACE_MS);
    void Promise.race(reads).then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
