/**
 * The seats of rooms in Redis: one per account and room, with its epoch, connection, lease and pose. Decides no access and knows no
 * PostgreSQL.
 *
 * Invariants:
 * 1. A seat, its pose and its slot appear and vanish in one step.
 * 2. A join of an account replaces its earlier seat and raises the epoch; what names an earlier epoch changes nothing.
 * 3. A seat with a connection lasts as long as that connection, plus a grace period for reconnects. A seat without one lasts as long as
 *    its lease, which joins and moves renew.
 * 4. Every removal leaves an entry in `departures` until its event is stored, and so does a seat that is given back.
 * 5. A seat is given back only if its account has neither joined nor left since, and has the access that it had.
 *
 * Keys below the prefix `rooms:`: `clock`, `active` (rooms with seats), `departures`, `lost` (seats of silent gateways); for each room
 * `room:<id>:seats`, `poses`, `leases`, `missing` (time at which a connection was found to be gone) and `watchers` (connections that follow the
 * frames) as hashes by account, `changes` and `left` as sorted sets by version, `free` and `next` for slots, `opened`.
 */
import { BEATS_KEY, USER_CONNECTIONS_KEY } from '@chat/identity-client/presence/connections';
import { ApiError } from '@chat/kit/errors';
import { GroupedCalls } from '@chat/kit/grouped-calls';
import { isAnswering } from '@chat/kit/redis';
import type { Rotation } from '@chat/room-codec';
import type { Redis } from 'ioredis';
import { SPAWN_ALLOWANCE, WALKING_SPEED, type StoredPose, type Vector } from '../poses/pose';
import { LuaScript } from './lua-script';
import { CLEAR, JOIN, LEAVE, MOVE, MUTE, READ, TURN, UNWATCH, WATCH } from './seat.scripts';
import { SWEEP } from './seat.sweep.script';

/** Lifetime of a seat without a connection after its last join or move, in milliseconds. */
const LEASE_MS = 30_000;
/** How long a connection may be gone before its seat is removed, in milliseconds. */
const GRACE_MS = 700;
/** Silence after which a gateway counts as gone, in milliseconds. */
const SILENCE_MS = 1_200;

/** The first arguments of scripts that move avatars. */
const LIMITS = [SPAWN_ALLOWANCE, WALKING_SPEED, LEASE_MS] as const;

/** How long a seat can be given back after its gateway was taken for dead, in milliseconds. */
const LOST_MS = 60_000;

/** Why an account may be in the room: everybody may, or it needs a grant. */
export type Basis = 'open' | 'granted';

export interface Seat {
  userId: string;
  epoch: string;
  slot: number;
  /** Null for the default avatar. */
  avatarId: string | null;
  basis: Basis;
  joinedAt: Date;
  isMuted: boolean;
  /** The connection that holds the seat; undefined if it is not bound to a single one. */
  connection: string | undefined;
}

export interface Joining {
  roomId: string;
  userId: string;
  capacity: number;
  /** The client's connection; undefined for requests over HTTP. */
  connection: string | undefined;
  avatarId: string | null;
  basis: Basis;
  isMuted: boolean;
  pose: StoredPose;
}

/** A change of seats with an event that is not stored yet. */
export interface Departure {
  room: string;
  user: string;
  epoch: string;
  /** JSON of the last pose. */
  pose: string;
  /** The seat was given back; an empty text stands for the default avatar. */
  returned?: { avatar: string };
}

export interface Move {
  roomId: string;
  userId: string;
  connection: string | undefined;
  /** Absent parts stay as they are. */
  pose: { position?: Vector; rotation?: Rotation | null; animation?: string | null; expression?: string | null };
}

export type MoveResult = 'OK' | 'ABSENT' | 'ELSEWHERE' | 'FAST';

/** What a sweep has done and found. */
export interface Swept {
  /** The number of removed seats. */
  removed: number;
  /** Whether there are seats, or lost ones that may be given back. */
  isWatching: boolean;
  /** Whether departures wait for their events. */
  hasDepartures: boolean;
}

/** Changes of a room since a version. */
export interface RoomChanges {
  version: string;
  /** The poses are all poses of the room. */
  isWhole: boolean;
  /** Milliseconds since 1970; 0 if the room is empty. */
  openedAt: number;
  poses: [userId: string, pose: StoredPose][];
  left: string[];
}

/** The answer of {@link READ}. */
type ReadReply = [version: string, isWhole: string, openedAt: string, poses: string[], left: string[]];

interface SeatRecord {
  epoch: string;
  slot: number;
  avatar: string;
  basis: Basis;
  joinedAt: number;
  muted: boolean;
  /** Empty for requests over HTTP, `*` for any connection of the account. */
  connection: string;
}

export class Seats {
  private readonly prefix: string;
  private readonly moves: GroupedCalls<Move, MoveResult>;
  /** When an account last joined a room through this process, by `performance.now()`. */
  joinedAt = -Infinity;

  constructor(
    private readonly redis: Redis,
    private readonly redisPrefix: string,
  ) {
    this.prefix = `${redisPrefix}rooms:`;
    this.moves = new GroupedCalls((moves) => this.moveAll(moves), { maxCalls: 2, deadlineMs: 5_000 });
  }

  /** @returns the epoch and the slot; undefined if the room is full. @throws SERVICE_UNAVAILABLE */
  async join(joining: Joining): Promise<{ epoch: string; slot: number } | undefined> {
    this.joinedAt = performance.now();
    const [epoch, slot] = await this.run<string[]>(
      JOIN,
      joining.roomId,
      joining.userId,
      joining.capacity,
      joining.connection ?? '',
      joining.avatarId ?? '',
      joining.basis,
      JSON.stringify(joining.pose),
      LEASE_MS,
      joining.isMuted ? '1' : '0',
    );
    return slot === undefined ? undefined : { epoch: epoch!, slot: Number(slot) };
  }

  /** @param epoch removes the seat of this join only. @returns whether a seat was removed */
  async leave(roomId: string, userId: string, epoch = ''): Promise<boolean> {
    return (await this.run<number>(LEAVE, roomId, userId, epoch)) === 1;
  }

  /** Removes all seats. @returns their accounts */
  clear(roomId: string): Promise<string[]> {
    return this.run<string[]>(CLEAR, roomId);
  }

  /** Concurrent moves share one command. */
  async move(move: Move): Promise<MoveResult> {
    return this.moves.run(move);
  }

  /** Moves avatars of one room, and reads its changes since a version, in one command. */
  async turn(
    roomId: string,
    since: string,
    moves: readonly Move[],
  ): Promise<{ results: MoveResult[]; changes: RoomChanges }> {
    if (moves.length === 0) return { results: [], changes: changesOf(await this.run<ReadReply>(READ, roomId, since)) };
    const values: string[] = [];
    for (const { userId, connection = '', pose } of moves) values.push(userId, connection, partsOf(pose));
    const [results, reply] = await this.run<[MoveResult[], ReadReply]>(TURN, roomId, since, ...LIMITS, ...values);
    return { results, changes: changesOf(reply) };
  }

  async seatOf(roomId: string, userId: string): Promise<Seat | undefined> {
    const text = await this.answering().hget(this.key(roomId, 'seats'), userId);
    return text === null ? undefined : toSeat(userId, text);
  }

  /** All seats with their poses, by slot. */
  async seatsOf(roomId: string): Promise<(Seat & { pose: StoredPose })[]> {
    const [seats, poses] = (await this.answering()
      .multi()
      .hgetall(this.key(roomId, 'seats'))
      .hgetall(this.key(roomId, 'poses'))
      .exec())!.map(([error, value]) => {
      if (error) throw error;
      return value as Record<string, string>;
    });
    return Object.entries(seats!)
      .flatMap(([userId, text]) => {
        const pose = poses![userId];
        return pose ? [{ ...toSeat(userId, text), pose: JSON.parse(pose) as StoredPose }] : [];
      })
      .sort((a, b) => a.slot - b.slot);
  }

  async counts(roomIds: readonly string[]): Promise<number[]> {
    const read = this.answering().pipeline();
    for (const roomId of roomIds) read.hlen(this.key(roomId, 'seats'));
    return ((await read.exec()) ?? []).map(([error, count]) => {
      if (error) throw error;
      return count as number;
    });
  }

  /** The rooms in which an account has a seat. */
  async roomsOf(userId: string): Promise<string[]> {
    const active = await this.answering().smembers(`${this.prefix}active`);
    const read = this.redis.pipeline();
    for (const roomId of active) read.hexists(this.key(roomId, 'seats'), userId);
    const found = (await read.exec()) ?? [];
    return active.filter((_roomId, index) => found[index]?.[1] === 1);
  }

  /** An account follows the frames over `connection`. */
  async watch(roomId: string, userId: string, connection: string): Promise<void> {
    await this.run(WATCH, roomId, userId, connection, SILENCE_MS);
  }

  async unwatch(roomId: string, userId: string, connection: string): Promise<void> {
    await this.run(UNWATCH, roomId, userId, connection);
  }

  /** @returns whether the account has a seat */
  async mute(roomId: string, userId: string, isMuted: boolean): Promise<boolean> {
    return (await this.run<number>(MUTE, roomId, userId, isMuted ? '1' : '0')) === 1;
  }

  /**
   * Removes seats without a connection or lease, and gives back those whose gateway is there again.
   * @param turnMs how long no other process sweeps with such a turn, in milliseconds; 0 to sweep in any case
   * @returns undefined if another process has the turn
   */
  async sweep(turnMs = 0): Promise<Swept | undefined> {
    const values = [SILENCE_MS, GRACE_MS, LOST_MS, LEASE_MS, turnMs];
    const [removed, isWatching, departures] = await this.run<number[]>(SWEEP, ...values);
    if (removed === undefined) return undefined;
    return { removed, isWatching: isWatching === 1, hasDepartures: departures! > 0 };
  }

  /** The account gets no seat back that it has lost. */
  async forgetLost(userId: string): Promise<void> {
    const key = `${this.prefix}lost`;
    const fields = (await this.answering().hkeys(key)).filter((field) => field.endsWith(` ${userId}`));
    if (fields.length > 0) await this.redis.hdel(key, ...fields);
  }

  /** Departures with events that are not stored yet, with their texts for {@link settle}. */
  async departures(): Promise<[text: string, departure: Departure][]> {
    const texts = await this.answering().lrange(`${this.prefix}departures`, 0, 199);
    return texts.map((text) => [text, JSON.parse(text) as Departure]);
  }

  async settle(texts: readonly string[]): Promise<void> {
    const remove = this.answering().pipeline();
    for (const text of texts) remove.lrem(`${this.prefix}departures`, 1, text);
    await remove.exec();
  }

  private async moveAll(moves: readonly Move[]): Promise<MoveResult[]> {
    const values: string[] = [];
    for (const { roomId, userId, connection = '', pose } of moves)
      values.push(roomId, userId, connection, partsOf(pose));
    return this.run<MoveResult[]>(MOVE, ...LIMITS, ...values);
  }

  private key(roomId: string, part: string): string {
    return `${this.prefix}room:${roomId}:${part}`;
  }

  private async run<Result>(script: string, ...values: (string | number)[]): Promise<Result> {
    const keys = [this.prefix, this.redisPrefix + USER_CONNECTIONS_KEY, this.redisPrefix + BEATS_KEY];
    return (await LuaScript.of(script).run(this.answering(), keys, values)) as Result;
  }

  /** Refuses at once while Redis is away: a command that waits could create a seat after its caller has been refused. */
  private answering(): Redis {
    if (!isAnswering(this.redis))
      throw new ApiError('SERVICE_UNAVAILABLE', 'Rooms are unavailable for a moment. Try again.');
    return this.redis;
  }
}

function changesOf([version, isWhole, openedAt, poses, left]: ReadReply): RoomChanges {
  const pairs: RoomChanges['poses'] = [];
  for (let index = 0; index < poses.length; index += 2)
    pairs.push([poses[index]!, JSON.parse(poses[index + 1]!) as StoredPose]);
  return { version, isWhole: isWhole === '1', openedAt: Number(openedAt), poses: pairs, left };
}

/** The new parts of a pose as {@link MOVE} takes them. */
function partsOf({ position, rotation, animation, expression }: Move['pose']): string {
  const place = position ? `${position.x} ${position.y} ${position.z}` : '  ';
  const turned = rotation ? `{"x":${rotation.x},"y":${rotation.y},"z":${rotation.z},"w":${rotation.w}}` : '';
  return `${place} ${turned} ${jsonOf(animation)} ${jsonOf(expression)}`;
}

/** Names that are the same in JSON. */
const PLAIN = /^[\w.:-]*$/;

/** Without spaces; an empty text for nothing. */
function jsonOf(name: string | null | undefined): string {
  if (name == null) return '';
  return PLAIN.test(name) ? `"${name}"` : JSON.stringify(name).replaceAll(' ', String.raw`\u0020`);
}

/** Whether another connection of the account has joined since. Requests over HTTP have no connection, and are never too late. */
export const isElsewhere = (seat: Seat, connection: string | undefined): boolean =>
  connection !== undefined && seat.connection !== undefined && seat.connection !== connection;

function toSeat(userId: string, text: string): Seat {
  const { epoch, slot, avatar, basis, joinedAt, muted, connection } = JSON.parse(text) as SeatRecord;
  return {
    userId,
    epoch,
    slot,
    avatarId: avatar || null,
    basis,
    joinedAt: new Date(joinedAt),
    isMuted: muted,
    connection: connection === '*' ? undefined : connection || undefined,
  };
}
