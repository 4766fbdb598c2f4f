/** Random interleavings of subscribers, outages, access changes and reloads: no subscriber misses an event, and nothing leaks. */
import fc from 'fast-check';
import { GraphQLError, type ExecutionResult, type GraphQLFormattedError } from 'graphql';
import { Registry } from 'prom-client';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ApiError, forbidden } from '@chat/kit/errors';
import { SCHEMA_EXTENSION } from '@chat/kit/graphql/live-directives';
import {
  AUTHORIZED,
  START_CURSOR_HEADER,
  StreamFailed,
  type CallOptions,
  type GraphQLRequest,
  type GraphQLService,
  type Subscribed,
} from '@chat/kit/graphql/service';
import { createLogger } from '@chat/kit/logging';
import { coerceVariables } from '../planning/coerce-variables';
import { OperationPreparer } from '../planning/prepare';
import type { SupergraphSource } from '../supergraph/source';
import { Supergraph } from '../supergraph/supergraph';
import { compose } from '../testing/compose';
import { SubscriptionHub } from './hub';
import { LiveClient } from './live-client';
import { LiveClients } from './live-clients';
import { subscriptionMetrics } from './metrics';
import { PushStream } from './push-stream';
import type { LiveSubscription, Payload, Sink } from './sink';

const CLOCKS = `
  type Query { now: Int }
  type Subscription {
    ticks(clock: ID!, after: String): Tick! @resumable(argument: "after", cursor: "number")
    beats(clock: ID!): Tick!
  }
  type Tick @key(fields: "number") { number: Int! NAME }`;
const NAMES = 'type Query { none: Int }';

const supergraphOf = (clocks: string, names = NAMES): Supergraph =>
  new Supergraph(
    compose(Object.entries({ clocks, names }).map(([name, sdl]) => ({ name, typeDefs: SCHEMA_EXTENSION + sdl }))),
  );

/** Versions of the supergraph. All but the last still have the fields that clients select. */
const VERSIONS = {
  plain: supergraphOf(CLOCKS.replace('NAME', 'name: String!')),
  elsewhere: supergraphOf(
    CLOCKS.replace('NAME', ''),
    `${NAMES} type Tick @key(fields: "number") { number: Int! name: String! }`,
  ),
  dependent: supergraphOf(CLOCKS.replace('NAME', 'name: String! @viewerDependent')),
  without: supergraphOf(CLOCKS.replace('NAME', '')),
};

const QUERIES = {
  ticks: 'subscription ($clock: ID!, $after: String) { ticks(clock: $clock, after: $after) { number name } }',
  beats: 'subscription ($clock: ID!) { beats(clock: $clock) { number name } }',
};

/** The last one is anonymous. */
const USERS = ['ada', 'bob', 'eve', 'nobody'];
const CLOCK_NAMES = ['big', 'small'];

interface Upstream {
  clock: string;
  field: string;
  stream: PushStream<ExecutionResult>;
}

/** One subscriber's results, checked as they arrive. */
class Follower implements Sink {
  subscription!: LiveSubscription;
  /** Tick numbers in runs; an interruption begins a new run. */
  readonly runs: number[][] = [[]];
  ends = 0;
  codes: unknown[] = [];
  isGone = false;
  private reading?: PromiseWithResolvers<void>;

  constructor(
    readonly user: string,
    readonly clock: string,
    readonly field: string,
    readonly after: number | undefined,
  ) {}

  get isLive(): boolean {
    return !this.isGone && this.ends === 0;
  }

  next(payloads: readonly Payload[]): void {
    for (const payload of payloads) this.take(payload);
  }

  private take({ bytes }: Payload): void {
    expect(this.isLive).toBe(true);
    const { data, errors } = JSON.parse(bytes.toString()) as {
      data: Record<string, { number: number; name: string }> | null;
      errors?: GraphQLFormattedError[];
    };
    if (!data) {
      expect(errors![0]!.extensions!.code).toBe('SUBSCRIPTION_INTERRUPTED');
      this.runs.push([]);
      return;
    }
    const { number, ...rest } = data[this.field]!;
    expect(rest).toEqual({ name: `number ${number}` });
    this.runs.at(-1)!.push(number);
  }

  complete(): void {
    this.error([]);
  }

  error(errors: readonly GraphQLFormattedError[]): void {
    expect(this.isLive).toBe(true);
    this.ends++;
    this.codes = errors.map(({ extensions }) => extensions?.code);
    this.read();
  }

  whenDrained(): Promise<void> | undefined {
    return this.reading?.promise;
  }

  overflow(): void {
    this.subscription.tooSlow();
  }

  pause(): void {
    this.reading ??= Promise.withResolvers();
  }

  read(): void {
    this.reading?.resolve();
    this.reading = undefined;
  }

  leave(): void {
    this.isGone = true;
    this.subscription.cancel();
    this.read();
  }
}

/** A hub, its clients, and a subgraph of clocks whose responses the test releases. */
class World {
  readonly hub: SubscriptionHub;
  readonly metrics = subscriptionMetrics(new Registry());
  readonly clients = USERS.map((id) => {
    const viewer = { id, sessionId: id, roles: [], permissions: [], expiresAt: Infinity };
    return new LiveClient(id === 'nobody' ? null : viewer, { address: null, userAgent: null }, id, () => undefined);
  });
  readonly followers: Follower[] = [];
  readonly upstreams = new Set<Upstream>();
  receivedUntil = Infinity;
  /** Access checks of the subgraph. */
  checks = 0;
  /** Pending responses of the subgraph. */
  private readonly pending: (() => void)[] = [];
  private readonly ticks = new Map(CLOCK_NAMES.map((clock) => [clock, 0]));
  private readonly barred = new Set<string>();
  private readonly preparer = new OperationPreparer();
  private version = VERSIONS.plain;
  private onChange: (supergraph: Supergraph) => void = () => undefined;
  private isAway = false;
  private isNamesAway = false;

  constructor() {
    const services = new Map<string, GraphQLService>([
      ['clocks', this.clocks()],
      ['names', this.names()],
    ]);
    this.hub = new SubscriptionHub({
      source: this.source(),
      services: () => services,
      headersFor: ({ correlationId }) => ({ user: correlationId }),
      rolesOf: () => '',
      maxSubscriptionsPerClient: 100,
      memory: { maxEvents: 3, maxBytes: 1_000_000 },
      accessReceivedUntil: () => this.receivedUntil,
      defer: setImmediate,
      metrics: this.metrics,
      log: createLogger('test', 'silent'),
    });
    for (const client of this.clients) this.hub.clients.add(client);
  }

  subscribe(user: number, clock: string, field: 'ticks' | 'beats', ago: number | undefined): void {
    const supergraph = this.version;
    if (supergraph === VERSIONS.without) return;
    const after = field === 'ticks' && ago !== undefined ? Math.max(0, this.ticks.get(clock)! - ago) : undefined;
    const prepared = this.preparer.prepare(supergraph, { query: QUERIES[field] });
    if ('errors' in prepared) throw prepared.errors[0];
    const coerced = coerceVariables(prepared, { clock, ...(after !== undefined && { after: String(after) }) });
    if ('errors' in coerced) throw coerced.errors[0];
    const follower = new Follower(USERS[user]!, clock, field, after);
    follower.subscription = this.hub.subscribe(this.clients[user]!, prepared, coerced.variables, follower);
    this.followers.push(follower);
  }

  tick(clock: string): void {
    const number = this.ticks.get(clock)! + 1;
    this.ticks.set(clock, number);
    for (const upstream of this.upstreams)
      if (upstream.clock === clock) upstream.stream.push(event(upstream.field, number));
  }

  answer(index: number): void {
    this.pending.splice(index % Math.max(this.pending.length, 1), 1)[0]?.();
  }

  lose(index: number): void {
    pick([...this.upstreams], index)?.stream.fail(new Error('The connection was lost.'));
  }

  /** The subgraph ends an upstream because its principal lost access. */
  refuse(index: number): void {
    const error = forbidden('This clock is not for you.').toJSON();
    pick([...this.upstreams], index)?.stream.fail(new StreamFailed([error]));
  }

  end(index: number): void {
    pick([...this.upstreams], index)?.stream.end();
  }

  goAway(isAway: boolean): void {
    this.isAway = isAway;
    if (isAway) for (const { stream } of [...this.upstreams]) stream.fail(new Error('The connection was lost.'));
  }

  loseNames(isAway: boolean): void {
    this.isNamesAway = isAway;
  }

  bar(user: number, isBarred: boolean, isNotified = true): void {
    if (isBarred) this.barred.add(USERS[user]!);
    else this.barred.delete(USERS[user]!);
    if (isNotified) this.hub.recheck(this.clients[user]!.viewer?.id);
  }

  reload(version: keyof typeof VERSIONS): void {
    if (this.version === VERSIONS[version]) return;
    this.version = VERSIONS[version];
    this.onChange(this.version);
  }

  follower(index: number): Follower | undefined {
    return pick(
      this.followers.filter(({ isLive }) => isLive),
      index,
    );
  }

  /** Releases all responses and timers. */
  async settle(rounds = 12): Promise<void> {
    for (let round = 0; round < rounds; round++) {
      while (this.pending.length > 0) this.answer(0);
      await nextTurn();
      await jest.advanceTimersByTimeAsync(500);
    }
  }

  /** Ends all outages, after one more restart. */
  async recover(): Promise<void> {
    this.goAway(true);
    this.goAway(false);
    this.loseNames(false);
    for (const follower of this.followers) follower.read();
    await this.settle();
    for (const clock of CLOCK_NAMES) this.tick(clock);
    await this.settle();
  }

  expectNobodyLeftBehind(): void {
    for (const { user, clock, field, after, runs, isLive, codes } of this.followers) {
      for (const [index, run] of runs.entries()) {
        const first = index === 0 && after !== undefined ? after + 1 : run[0]!;
        expect(run).toEqual(run.map((_, position) => first + position));
      }
      const context = { user, clock, field, after, runs, codes };
      if (!isLive) continue;
      expect({ ...context, isBarred: this.barred.has(user) }).toEqual({ ...context, isBarred: false });
      expect({ ...context, last: runs.at(-1)!.at(-1) }).toEqual({ ...context, last: this.ticks.get(clock) });
    }
  }

  async expectNothingLeft(): Promise<void> {
    for (const follower of this.followers) if (follower.isLive) follower.leave();
    await this.settle();
    const { subscriptions, upstreams } = this.metrics;
    const gauges = await Promise.all([subscriptions.get(), upstreams.get()]);
    expect(gauges.map(({ values }) => values[0]!.value)).toEqual([0, 0]);
    expect(this.upstreams.size).toBe(0);
    expect((this.hub as unknown as { shared: { byKey: Map<string, unknown> } }).shared.byKey.size).toBe(0);
    expect(this.clients.map(({ subscriptions }) => subscriptions.size)).toEqual([0, 0, 0, 0]);
    this.hub[Symbol.dispose]();
    expect(jest.getTimerCount()).toBe(0);
  }

  private later<T>(answer: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.pending.push(() => {
        try {
          if (this.isAway) throw new ApiError('SERVICE_UNAVAILABLE', 'It is not reachable.');
          resolve(answer());
        } catch (error) {
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- rethrows any value
          reject(error);
        }
      });
    });
  }

  private clocks(): GraphQLService {
    const refusal = ({ headers }: CallOptions) =>
      this.barred.has(headers.user!) ? { errors: [forbidden('This clock is not for you.')] } : undefined;
    return {
      execute: () => Promise.reject(new Error('It has nothing but subscriptions.')),
      authorize: (_, options) => {
        this.checks++;
        const decided = { ...(refusal(options) ?? { data: null }), extensions: AUTHORIZED }; // decided now, although the response comes later
        return this.later(() => decided);
      },
      subscribe: (request, options) => this.later(() => refusal(options) ?? this.open(request, options)),
    };
  }

  private names(): GraphQLService {
    const execute = async ({ variables }: GraphQLRequest): Promise<ExecutionResult> => {
      await nextTurn();
      if (this.isNamesAway) throw new ApiError('SERVICE_UNAVAILABLE', 'It is not reachable.');
      const representations = variables!.representations as { number: number }[];
      return { data: { _entities: representations.map(({ number }) => ({ name: `number ${number}` })) } };
    };
    return { ...this.clocks(), execute };
  }

  private open({ query, variables = {} }: GraphQLRequest, { headers, signal }: CallOptions): Subscribed {
    if (this.version === VERSIONS.elsewhere && query.includes('name'))
      return { errors: [new GraphQLError('No such field.', { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } })] };
    const field = query.includes('beats') ? 'beats' : 'ticks';
    const clock = variables.clock as string;
    const after = variables.resumeFrom as string | undefined;
    const stream = new PushStream<ExecutionResult>(() => undefined);
    const upstream = { clock, field, stream };
    this.upstreams.add(upstream);
    void stream.ended.then(() => this.upstreams.delete(upstream));
    signal?.addEventListener('abort', () => void stream.return());
    const now = this.ticks.get(clock)!;
    if (START_CURSOR_HEADER in headers) stream.push({ extensions: { startCursor: now } });
    for (let number = Number(after ?? now) + 1; number <= now; number++) stream.push(event(field, number));
    return stream;
  }

  private source(): SupergraphSource {
    const current = () => this.version;
    return {
      get current() {
        return current();
      },
      onChange: (listener) => {
        this.onChange = (supergraph) => listener(supergraph, supergraph);
        return () => undefined;
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
}

/** An event with all fields, for every version of the supergraph. */
const event = (field: string, number: number): ExecutionResult => ({
  data: { [field]: { __typename: 'Tick', number, name: `number ${number}`, __cursor: number } },
});

const pick = <T>(items: readonly T[], index: number): T | undefined => items[index % Math.max(items.length, 1)];

const index = fc.nat({ max: 9 });
const user = fc.nat({ max: USERS.length - 1 });
const clock = fc.constantFrom(...CLOCK_NAMES);
const field = fc.constantFrom('ticks' as const, 'beats' as const);
const step = <T>(
  weight: number,
  arbitrary: fc.Arbitrary<T>,
  name: string,
  run: (world: World, value: T) => unknown,
) => ({
  weight,
  arbitrary: arbitrary.map((value) => ({
    run: (world: World) => run(world, value),
    toString: () => `${name} ${fc.stringify(value)}`,
  })),
});
const steps = fc.oneof(
  step(24, fc.tuple(user, clock, field, fc.option(index, { nil: undefined })), 'subscribe', (world, given) =>
    world.subscribe(...given),
  ),
  step(30, clock, 'tick', (world, name) => world.tick(name)),
  step(20, fc.constant(undefined), 'answer all', (world) => world.settle(1)),
  step(50, index, 'answer', (world, i) => world.answer(i)),
  step(10, index, 'leave', (world, i) => world.follower(i)?.leave()),
  step(5, index, 'pause', (world, i) => world.follower(i)?.pause()),
  step(10, index, 'read', (world, i) => world.follower(i)?.read()),
  step(8, index, 'lose', (world, i) => world.lose(i)),
  step(1, index, 'refuse', (world, i) => world.refuse(i)),
  step(1, index, 'end', (world, i) => world.end(i)),
  step(2, fc.constant(true), 'clocks away', (world, isAway) => world.goAway(isAway)),
  step(8, fc.constant(false), 'clocks away', (world, isAway) => world.goAway(isAway)),
  step(4, fc.boolean(), 'names away', (world, isAway) => world.loseNames(isAway)),
  step(5, user, 'bar', (world, who) => world.bar(who, true)),
  step(8, user, 'let in', (world, who) => world.bar(who, false)),
  step(8, fc.constantFrom('plain' as const, 'elsewhere' as const, 'dependent' as const), 'reload', (world, name) =>
    world.reload(name),
  ),
  step(1, fc.constant('without' as const), 'reload', (world, name) => world.reload(name)),
  step(40, fc.constant(undefined), 'turn', () => nextTurn()),
  step(16, fc.constantFrom(60, 700, 2_100), 'wait', (_, ms) => jest.advanceTimersByTimeAsync(ms)),
);

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance'] });
});
afterEach(() => {
  jest.useRealTimers();
});

test('remaining subscribers get every event, and nothing remains of those that left', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 20, maxLength: 80, size: 'max' }), async (taken) => {
      const world = new World();
      for (const { run } of taken) await run(world);
      await world.recover();
      world.expectNobodyLeftBehind();
      await world.expectNothingLeft();
    }),
    { numRuns: 30 },
  );
});

test('subscribers still share after a new supergraph moves a field to another subgraph', async () => {
  const world = new World();
  for (const user of [0, 1, 2]) world.subscribe(user, 'big', 'ticks', undefined);
  await world.settle();
  world.tick('big');
  await world.settle();
  world.reload('elsewhere');
  await world.recover();
  expect(world.upstreams.size).toBe(1);
  world.expectNobodyLeftBehind();
  await world.expectNothingLeft();
});

test('if the subgraph ends an upstream for one member, the others are told of the gap', async () => {
  const world = new World();
  for (const user of [0, 1]) world.subscribe(user, 'big', 'beats', undefined);
  await world.settle();
  world.tick('big');
  await world.settle();
  world.refuse(0);
  world.tick('big');
  await world.settle();
  world.tick('big');
  await world.settle();
  const [first, second] = world.followers as [Follower, Follower];
  expect(first.codes).toEqual(['FORBIDDEN']);
  expect(second.runs).toEqual([[1], [3]]);
  await world.expectNothingLeft();
});

test('a client that lost access is cut off, even if other changes follow quickly', async () => {
  const world = new World();
  world.subscribe(0, 'big', 'ticks', undefined);
  await world.settle();
  const [follower] = world.followers as [Follower];
  world.bar(0, true);
  for (let change = 0; change < 5 && follower.isLive; change++) {
    world.hub.recheck('ada');
    world.answer(0);
    await nextTurn();
  }
  expect(follower.codes).toEqual(['FORBIDDEN']);
  await world.expectNothingLeft();
});

test('polls leave checks at the start of subscriptions valid, and check those that have begun', async () => {
  const world = new World();
  world.subscribe(0, 'big', 'ticks', undefined);
  await nextTurn();
  for (let poll = 0; poll < 3; poll++) world.hub.recheckIdle();
  await world.settle(2);
  expect(world.checks).toBe(1);
  world.tick('big');
  await world.settle(2);
  expect(world.followers[0]!.runs).toEqual([[1]]);

  world.bar(0, true, false); // the notification is lost
  await world.settle(1);
  expect(world.followers[0]!.isLive).toBe(true);
  world.hub.recheckIdle();
  await world.settle(2);
  expect(world.followers[0]!.codes).toEqual(['FORBIDDEN']);
  await world.expectNothingLeft();
});

test('without notifications, a slow check at the start of a subscription is repeated', async () => {
  const world = new World();
  world.receivedUntil = -Infinity;
  world.subscribe(0, 'big', 'ticks', undefined);
  await nextTurn();
  expect(world.checks).toBe(1);
  world.bar(0, true, false); // after the check, and the notification is lost
  const now = performance.now();
  const later = jest.spyOn(performance, 'now').mockImplementation(() => now + 1_000);
  world.answer(0);
  await world.settle(2);
  later.mockRestore();
  expect(world.checks).toBe(2);
  expect(world.followers[0]!.codes).toEqual(['FORBIDDEN']);
  await world.expectNothingLeft();
});

test('without notifications, a subscription is refused if the subgraph takes too long for every check', async () => {
  const world = new World();
  world.receivedUntil = -Infinity;
  world.subscribe(0, 'big', 'ticks', undefined);
  await nextTurn();
  let now = performance.now();
  const later = jest.spyOn(performance, 'now').mockImplementation(() => (now += 1_000));
  await world.settle(8);
  later.mockRestore();
  expect(world.checks).toBe(5);
  expect(world.followers[0]!.codes).toEqual(['SERVICE_UNAVAILABLE']);
  await world.expectNothingLeft();
});

test('a client that does not read does not delay others on its track', async () => {
  const world = new World();
  for (let number = 0; number < 40; number++) world.tick('big');
  for (const user of [0, 1]) world.subscribe(user, 'big', 'ticks', 40);
  const [slow, quick] = world.followers as [Follower, Follower];
  slow.pause();
  while (quick.runs[0]!.length < 40) {
    world.answer(0);
    await nextTurn();
  }
  expect(slow.isLive).toBe(true);
  await world.expectNothingLeft();
});

test('a resuming client that does not read times out', async () => {
  const world = new World();
  for (let number = 0; number < 40; number++) world.tick('big');
  world.subscribe(0, 'big', 'ticks', 40);
  const [slow] = world.followers as [Follower];
  slow.pause();
  await nextTurn();
  world.answer(0);
  await nextTurn();
  world.answer(0);
  await nextTurn();
  expect([slow.isLive, slow.runs]).toEqual([true, [[1]]]);
  await world.settle();
  expect(slow.codes).toEqual(['SUBSCRIPTION_TOO_SLOW']);
  await world.expectNothingLeft();
});

test('a token that expires within a second is cut off', () => {
  using clients = new LiveClients();
  const cutOffs: string[] = [];
  const viewer = { id: 'ada', sessionId: 's', roles: [], permissions: [], expiresAt: Date.now() / 1000 + 2.5 };
  clients.add(new LiveClient(viewer, { address: null, userAgent: null }, 'c', (reason) => cutOffs.push(reason)));
  jest.advanceTimersByTime(2_000);
  expect(cutOffs).toEqual([]);
  jest.advanceTimersByTime(2_000);
  expect(cutOffs).toEqual(['expired']);
});
