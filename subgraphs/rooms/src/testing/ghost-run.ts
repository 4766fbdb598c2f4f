/**
 * Random runs of joins, leaves, reconnects, and kills of gateways and of a process of the subgraph, in one room, with the seats that must
 * be left afterwards. A ghost is a seat that is left without a live connection, in the occupants, in the count, in the frames, or in the
 * folded events.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { RoomView } from '@chat/room-codec';
import { eventually } from '@chat/kit/testing/eventually';
import type { Data, Listening } from '@chat/kit/testing/person';
import { ProcessGoneError } from '@chat/kit/testing/test-subgraph';
import type { Random } from '../gestures/training/random';
import type { RoomPerson } from './room-person';
import type { RoomsProcess } from './rooms-process';
import { TestGateway, type TestRooms } from './test-rooms';

/** The steps of one run. */
const STEPS = 12;
const PEOPLE = 4;
/** Events come from PostgreSQL, and may be later than the seats. In milliseconds. */
const EVENTS_MS = 20_000;
interface Tab {
  connection: string;
  gateway: TestGateway;
  isOpen: boolean;
}

interface Player {
  person: RoomPerson;
  /** The same account at another process of the subgraph. */
  elsewhere: RoomPerson;
  tabs: Tab[];
  /** The tab that holds the seat. */
  seat: Tab | undefined;
}

export interface GhostWorld {
  rooms: TestRooms;
  /** Another process of the subgraph, which runs kill. */
  another: RoomsProcess;
  /** A gateway that is never killed. */
  gateway: TestGateway;
}

/** Asks another process of the subgraph, and this one if the other was killed: the client cannot know whether it had done its work. */
async function despiteKills(
  call: (player: RoomPerson) => Promise<unknown>,
  { person, elsewhere }: Player,
): Promise<void> {
  try {
    await insist(() => call(elsewhere));
  } catch (error) {
    if (!(error instanceof ProcessGoneError)) throw error;
    await insist(() => call(person));
  }
}

/** Repeats a call while Redis does not answer in time, as it happens on a machine that is busy with many runs. */
async function insist<Result>(call: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error as Error).message.includes('SERVICE_UNAVAILABLE')) throw error;
    }
    await pause(50);
  }
}

export class GhostRun {
  private readonly players: Player[] = [];
  private readonly doomed: TestGateway;
  private isDoomedDead = false;
  private readonly history: string[] = [];

  private constructor(
    private readonly world: GhostWorld,
    private readonly random: Random,
    private readonly observer: RoomPerson,
    private readonly roomId: string,
    private readonly frames: Listening,
    private readonly events: Listening,
  ) {
    this.doomed = new TestGateway(world.rooms.config);
  }

  static async begin(world: GhostWorld, random: Random): Promise<GhostRun> {
    const observer = world.rooms.person();
    const roomId = await observer.creates({ name: 'Haunted' });
    const [frames, events] = [await observer.watches(roomId), await observer.hears(roomId)];
    return new GhostRun(world, random, observer, roomId, frames, events);
  }

  /** Performs the steps. */
  async play(): Promise<void> {
    for (let index = 0; index < PEOPLE; index++) {
      const person = this.world.rooms.person();
      const elsewhere = this.world.rooms.overHttp(person, this.world.another.url);
      this.players.push({ person, elsewhere, tabs: [], seat: undefined });
    }
    for (let step = 0; step < STEPS; step++) await this.step(this.players[this.random.integer(PEOPLE)]!);
    if (this.random.unit() < 0.3) this.killGateway();
  }

  private async step(player: Player): Promise<void> {
    const choice = this.random.integer(10);
    if (choice < 4) await this.join(player);
    else if (choice < 5) await this.leave(player);
    else if (choice < 6) await this.move(player);
    else if (choice < 8) await this.close(player);
    else if (choice < 9) await this.joinAtOnce(player);
    else this.kill(this.random.unit());
  }

  /** Seldom: a gateway dies once in a run, and the process of the subgraph dies for all runs. */
  private kill(chance: number): void {
    if (chance < 0.15) this.killGateway();
    else if (chance < 0.3) this.killRooms();
  }

  private async join(player: Player, tab?: Tab): Promise<void> {
    const from = tab ?? (await this.openTab(player));
    const isElsewhere = this.random.unit() < 0.5;
    this.note(player, `joins over ${from.connection.slice(-3)}${isElsewhere ? ', elsewhere' : ''}`);
    player.person.connection = player.elsewhere.connection = from.connection;
    if (isElsewhere) await despiteKills((who) => who.joins(this.roomId), player);
    else await insist(() => player.person.joins(this.roomId));
    player.seat = from;
  }

  /** Two tabs of one account join together: one of them has the seat afterwards. Closes both, so that neither may stay. */
  private async joinAtOnce(player: Player): Promise<void> {
    const [one, two] = [await this.openTab(player), await this.openTab(player)];
    player.person.connection = one.connection;
    player.elsewhere.connection = two.connection;
    await Promise.all([
      insist(() => player.person.joins(this.roomId)),
      despiteKills((who) => who.joins(this.roomId), player),
    ]);
    this.note(player, 'joins twice at once and closes both tabs');
    for (const tab of [one, two]) await this.closeTab(player, tab);
    player.seat = undefined;
  }

  private async leave(player: Player): Promise<void> {
    this.note(player, 'leaves');
    await insist(() => player.person.leaves(this.roomId));
    player.seat = undefined;
  }

  private async move(player: Player): Promise<void> {
    if (!player.seat?.isOpen) return;
    player.person.connection = player.seat.connection;
    const x = this.random.between(-2, 2);
    await player.person.moves(this.roomId, { x }).catch(() => undefined); // its seat may just have ended
  }

  private async close(player: Player): Promise<void> {
    const open = player.tabs.filter(({ isOpen }) => isOpen);
    if (open.length > 0) await this.closeTab(player, open[this.random.integer(open.length)]!);
  }

  private killGateway(): void {
    if (this.isDoomedDead) return;
    this.note(undefined, 'a gateway dies');
    this.isDoomedDead = true;
    this.doomed.dies();
    for (const { tabs } of this.players) for (const tab of tabs) if (tab.gateway === this.doomed) tab.isOpen = false;
  }

  private killRooms(): void {
    this.note(undefined, 'a process of the subgraph dies');
    this.world.another.kill();
  }

  private async openTab(player: Player): Promise<Tab> {
    const gateway = this.isDoomedDead || this.random.unit() < 0.5 ? this.world.gateway : this.doomed;
    const tab = { connection: await gateway.connects(player.person), gateway, isOpen: true };
    player.tabs.push(tab);
    return tab;
  }

  private async closeTab({ person }: Player, tab: Tab): Promise<void> {
    if (!tab.isOpen) return;
    tab.isOpen = false;
    await tab.gateway.disconnects(person, tab.connection);
  }

  private note(player: Player | undefined, text: string): void {
    this.history.push(`${player ? this.players.indexOf(player) : '-'} ${text}`);
  }

  /** The accounts that must have a seat. */
  private get expected(): string[] {
    return this.players
      .filter(({ seat }) => seat?.isOpen)
      .map(({ person }) => person.id)
      .sort();
  }

  /**
   * Waits until every view of the room has the expected seats: within `ms`, and events within {@link EVENTS_MS}. @throws with the history
   */
  async settles(ms: number, onSettled: () => void = () => undefined): Promise<void> {
    const expected = this.expected.join();
    const view = new RoomView();
    const folded = new Set<string>();
    const followers = [this.readFrames(view), this.readEvents(folded)];
    let seen: unknown;
    const isSettled = async () => {
      const room: Data = await this.observer.sees(this.roomId);
      const occupants = room.occupants.map(({ user }: Data) => user.id).sort() as string[];
      seen = { expected, occupants, count: room.occupantCount, frames: [...view.poses.keys()], events: [...folded] };
      return (
        occupants.join() === expected &&
        room.occupantCount === occupants.length &&
        [...view.poses.keys()].sort().join() === expected
      );
    };
    try {
      await eventually(isSettled, 'a room without ghosts', ms);
      onSettled();
      await eventually(async () => (await isSettled()) && [...folded].sort().join() === expected, 'events', EVENTS_MS);
    } catch (error) {
      // On a busy machine, nothing may have been read within the deadline, which is no ghost.
      throw new Error(
        `${seen ? 'A ghost' : 'No answer'}: ${JSON.stringify({ seen, history: this.history }, null, 1)}`,
        { cause: error },
      );
    } finally {
      await Promise.all([this.frames.end(), this.events.end()]);
      await Promise.all(followers);
    }
  }

  private async readFrames(view: RoomView): Promise<void> {
    for await (const { data } of this.frames) if (data) view.apply(data.roomFrames);
  }

  private async readEvents(folded: Set<string>): Promise<void> {
    for await (const { data } of this.events) {
      const event = data?.roomEvents;
      if (event?.__typename === 'OccupantJoined') folded.add(event.user.id);
      if (event?.__typename === 'OccupantLeft') folded.delete(event.userId);
    }
  }

  async end(): Promise<void> {
    for (const player of this.players) for (const tab of player.tabs) await this.closeTab(player, tab);
    if (!this.isDoomedDead) await this.doomed[Symbol.asyncDispose]();
  }
}
