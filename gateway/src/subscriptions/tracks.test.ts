/** The handover from catching up to live events, under random interleavings. */
import fc from 'fast-check';
import { Tracks, type Defer, type Member, type Track } from './tracks';

class Follower implements Member<number> {
  track?: Track<number>;
  readonly seen: number[] = [];
  isLive = false;
  wasTold = false;
  seenWhenTold?: number;

  /** `first` is the first expected event; undefined if any may come first. */
  constructor(readonly first?: number) {}

  joined(track: Track<number>): void {
    this.isLive = track.isCurrent;
  }

  caughtUp(): void {
    this.isLive = true;
  }

  begun(): void {
    this.wasTold = true;
    this.seenWhenTold = this.seen.length;
  }

  receive(events: readonly number[]): void {
    this.seen.push(...events);
  }
}

const nothing = () => undefined;
const atOnce: Defer = (settle) => settle();

/** Event n has the cursor `c<n>`. The upstream of every track reads the log from the track's cursor. */
class World {
  readonly tracks: Tracks<number>;
  readonly upstreams = new Map<Track<number>, number>();
  readonly followers: Follower[] = [];
  length = 0;
  private deferred: (() => void)[] = [];

  /** @param hasTurns whether members receive events only with {@link endTurn}, instead of each at once */
  constructor(maxEntries: number, hasTurns = false) {
    const defer: Defer = (settle) => (hasTurns ? void this.deferred.push(settle) : settle());
    this.tracks = new Tracks({ maxEntries, maxBytes: Infinity, sizeOf: () => 1 }, defer);
  }

  endTurn(): void {
    const { deferred } = this;
    this.deferred = [];
    for (const settle of deferred) settle();
  }

  join(cursor?: number): void {
    const follower = new Follower(cursor === undefined ? undefined : cursor + 1);
    const opened = this.tracks.join(follower, cursor === undefined ? undefined : `c${cursor}`);
    if (opened) this.upstreams.set(opened, cursor ?? this.length);
    this.followers.push(follower);
  }

  leave(index: number): void {
    const follower = this.followers[index % Math.max(this.followers.length, 1)];
    const emptied = follower && this.tracks.leave(follower);
    if (emptied) this.upstreams.delete(emptied);
  }

  /** Delivers the next event of one track's upstream, if there is one. */
  pump(index: number): void {
    const track = [...this.upstreams.keys()][index % Math.max(this.upstreams.size, 1)];
    if (!track) return;
    const next = this.upstreams.get(track)! + 1;
    if (next > this.length) return;
    this.upstreams.set(track, next);
    for (const gone of this.tracks.deliver(track, { cursor: `c${next}`, payload: next })) this.upstreams.delete(gone);
  }

  /** Loses one track's upstream, which resumes after the last delivered cursor. */
  lose(index: number): void {
    const track = [...this.upstreams.keys()][index % Math.max(this.upstreams.size, 1)];
    if (track?.last !== undefined) this.upstreams.set(track, Number(track.last.slice(1)));
  }

  /** Announces the start cursor of one track's upstream, if unknown. */
  announce(index: number): void {
    const track = [...this.upstreams.keys()][index % Math.max(this.upstreams.size, 1)];
    if (track && track.last === undefined) track.startsAt(`c${this.upstreams.get(track)}`);
  }

  settle(): void {
    for (let more = true; more;) {
      more = [...this.upstreams.values()].some((position) => position < this.length);
      for (let i = 0; i < this.upstreams.size; i++) this.pump(i);
    }
    this.endTurn();
  }
}

type Step = (world: World) => void;
const index = fc.nat({ max: 20 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Step>((world) => void world.length++) },
  {
    weight: 6,
    arbitrary: index.map(
      (i): Step =>
        (world) =>
          world.pump(i),
    ),
  },
  {
    weight: 2,
    arbitrary: index.map(
      (i): Step =>
        (world) =>
          world.join(i % (world.length + 1)),
    ),
  },
  { weight: 1, arbitrary: fc.constant<Step>((world) => world.join()) },
  { weight: 2, arbitrary: fc.constant<Step>((world) => world.endTurn()) },
  {
    weight: 1,
    arbitrary: index.map(
      (i): Step =>
        (world) =>
          world.leave(i),
    ),
  },
  {
    weight: 1,
    arbitrary: index.map(
      (i): Step =>
        (world) =>
          world.announce(i),
    ),
  },
  {
    weight: 1,
    arbitrary: index.map(
      (i): Step =>
        (world) =>
          world.lose(i),
    ),
  },
);

const isRun = (events: readonly number[]) => events.every((event, i) => i === 0 || event === events[i - 1]! + 1);

test('every follower gets each event after its cursor once and in order', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 8 }),
      fc.boolean(),
      fc.array(step, { maxLength: 120 }),
      (maxEntries, hasTurns, steps) => {
        const world = new World(maxEntries, hasTurns);
        for (const take of steps) take(world);
        world.settle();
        for (const follower of world.followers) {
          expect(isRun(follower.seen)).toBe(true);
          if (follower.first !== undefined && follower.seen.length > 0) expect(follower.seen[0]).toBe(follower.first);
          if (!follower.track) continue;
          if (follower.first !== undefined) expect(follower.seen).toHaveLength(world.length - follower.first + 1);
          else if (follower.seen.length > 0) expect(follower.seen.at(-1)).toBe(world.length);
        }
      },
    ),
    { numRuns: 2000 },
  );
});

test('once the stream advances, all followers share one upstream', () => {
  fc.assert(
    fc.property(fc.boolean(), fc.array(step, { maxLength: 120 }), (hasTurns, steps) => {
      const world = new World(8, hasTurns);
      for (const take of steps) take(world);
      world.settle();
      world.length++;
      world.settle();
      expect(world.tracks.all.size).toBe(world.followers.some((follower) => follower.track) ? 1 : 0);
      expect(world.upstreams.size).toBe(world.tracks.all.size);
    }),
  );
});

test('members receive the events of a turn together, and before others join', () => {
  const world = new World(8, true);
  world.join();
  world.length = 2;
  world.pump(0);
  world.pump(0);
  expect(world.followers[0]!.seen).toEqual([]);
  world.join(1);
  expect(world.followers.map(({ seen }) => seen)).toEqual([[1, 2], [2]]);
  world.length = 3;
  world.pump(0);
  world.leave(1);
  world.endTurn();
  expect(world.followers.map(({ seen }) => seen)).toEqual([[1, 2, 3], [2]]);
});

test('a follower without a cursor gets no earlier events', () => {
  const world = new World(8);
  world.length = 5;
  world.join(0);
  world.join();
  world.settle();
  world.length++;
  world.settle();
  expect(world.followers.map((follower) => follower.seen)).toEqual([[1, 2, 3, 4, 5, 6], [6]]);
  expect(world.tracks.all.size).toBe(1);
});

test('equal cursors share one catch-up, and recent cursors need none', () => {
  const world = new World(8);
  world.length = 3;
  world.join(1);
  world.join(1);
  expect(world.upstreams.size).toBe(1);
  world.settle();
  world.join(2);
  expect(world.upstreams.size).toBe(1);
  expect(world.followers[2]!.seen).toEqual([3]);
});

test('events without a cursor are forgotten when the upstream announces its start', () => {
  const tracks = new Tracks<string>({ maxEntries: 1, maxBytes: 10, sizeOf: (payload) => payload.length }, atOnce);
  const member: Member<string> = { joined: nothing, caughtUp: nothing, begun: nothing, receive: nothing };
  const track = tracks.join(member)!;
  tracks.deliver(track, { payload: 'failed' });
  track.startsAt('a');
  expect(track.since('a')).toEqual([]);
  tracks.deliver(track, { cursor: 'b', payload: '1' });
  expect(track.since('a')?.map((entry) => entry.cursor)).toEqual(['b']);
  tracks.deliver(track, { cursor: 'c', payload: '2' });
  expect(track.since('a')).toBeUndefined();
});

test('members hear once that their track has begun, later ones before their first event', () => {
  const tracks = new Tracks<number>({ maxEntries: 9, maxBytes: Infinity, sizeOf: () => 1 }, atOnce);
  const [early, late, past] = [new Follower(), new Follower(), new Follower()];
  const track = tracks.join(early)!;
  expect(early.wasTold).toBe(false);
  track.startsAt('c0');
  track.begin();
  expect(early.wasTold).toBe(true);
  tracks.deliver(track, { cursor: 'c1', payload: 1 });
  early.wasTold = false;
  track.begin();
  expect(early.wasTold).toBe(false);
  tracks.join(late);
  tracks.join(past, 'c0');
  expect([late.wasTold, past.wasTold, past.seenWhenTold, past.seen]).toEqual([true, true, 0, [1]]);
});

test('memory is also limited by bytes', () => {
  const tracks = new Tracks<string>({ maxEntries: 100, maxBytes: 10, sizeOf: (payload) => payload.length }, atOnce);
  const member: Member<string> = { joined: nothing, caughtUp: nothing, begun: nothing, receive: nothing };
  const track = tracks.join(member, 'a')!;
  tracks.deliver(track, { cursor: 'b', payload: '123456' });
  tracks.deliver(track, { cursor: 'c', payload: '123456' });
  expect(track.since('a')).toBeUndefined();
  expect(track.since('b')?.map((entry) => entry.cursor)).toEqual(['c']);
});

test('old events are forgotten, but not the current cursor', () => {
  const world = new World(8);
  world.join();
  world.length = 2;
  world.settle();
  world.tracks.age();
  world.join(1);
  expect(world.followers[1]!.seen).toEqual([2]);
  world.tracks.age();
  world.join(2);
  expect(world.upstreams.size).toBe(1);
  world.join(1);
  expect(world.upstreams.size).toBe(2);
});
