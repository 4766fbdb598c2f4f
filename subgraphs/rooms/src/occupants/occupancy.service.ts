/**
 * Joins, leaves, removals and mutes of occupants: seats in Redis, their events in PostgreSQL. Access is in occupant.policy.ts and, because
 * it may have changed since, decided again in the transaction that announces a join.
 */
import { publishAccessChanges } from '@chat/identity-client/access/access-changes';
import type { Grants } from '@chat/identity-client/access/grants';
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { ApiError, forbidden, notFound } from '@chat/kit/errors';
import type { EventLog } from '@chat/kit/events/event-log';
import type { Redis } from 'ioredis';
import { poseAt, type StoredPose } from '../poses/pose';
import { roomStream } from '../rooms/room.events';
import { readAccess } from '../rooms/room.loader';
import { canJoin, canSee, needsGrant, type RoomAccess } from '../rooms/room.rules';
import type { Departure, Seats } from './seats';

/** Rooms with departures that are announced at the same time. */
const ANNOUNCERS = 4;

export interface JoinOptions {
  viewer: Viewer;
  avatarId: string | null;
  connection: string | undefined;
}

export interface Joined {
  epoch: string;
  slot: number;
  pose: StoredPose;
}

export interface OccupancyDeps {
  seats: Seats;
  eventLog: EventLog;
  grants: Grants;
  fork: () => EntityManager;
  redis: Redis;
  redisPrefix: string;
}

export class OccupancyService {
  constructor(private readonly deps: OccupancyDeps) {}

  /**
   * Takes a seat, and replaces the account's earlier one. Without the event in PostgreSQL there is no join: the seat is given back.
   * @throws CONFLICT if the room is full, FORBIDDEN or NOT_FOUND if access has changed
   */
  async joinRoom(em: EntityManager, access: RoomAccess, options: JoinOptions): Promise<Joined> {
    const { seats, eventLog, grants } = this.deps;
    const { room, isMuted } = access;
    const { viewer, avatarId, connection } = options;
    const pose = await this.firstPose(em, access, viewer.id);
    const seat = await seats.join({
      roomId: room.id,
      userId: viewer.id,
      capacity: room.capacity,
      connection,
      avatarId,
      basis: needsGrant(access) ? 'granted' : 'open',
      isMuted,
      pose,
    });
    if (!seat) throw new ApiError('CONFLICT', 'The room is full.', { capacity: room.capacity });
    try {
      await eventLog.transaction(em, async (tx, append) => {
        const [row] = await tx.execute('select id from rooms.rooms where id = ? for key share', [room.id]);
        const [now] = row ? await readAccess(tx, viewer, [room.id], grants) : [];
        if (!now || !canSee(now)) throw notFound('Room');
        const verdict = canJoin(now);
        if (verdict !== true) throw forbidden(verdict);
        await recordSitting(tx, room.id, viewer.id, seat.epoch);
        await append(roomStream.of(room.id), 'OccupantJoined', { userId: viewer.id, avatarId });
      });
    } catch (error) {
      await seats.leave(room.id, viewer.id, seat.epoch).catch(() => undefined);
      throw error;
    }
    await this.announceIfGone(room.id, viewer.id, seat.epoch);
    return { ...seat, pose };
  }

  /** Idempotent. */
  async leaveRoom(roomId: string, userId: string): Promise<void> {
    if (await this.deps.seats.leave(roomId, userId)) await this.announceDepartures();
  }

  /** Removes an occupant and keeps the account out for a while. */
  async kickOccupant(em: EntityManager, roomId: string, userId: string, minutes: number): Promise<void> {
    await this.sanction(em, roomId, userId, 'KICK', minutes);
    await em.execute('delete from rooms.lobby where room_id = ? and user_id = ?', [roomId, userId]);
    await this.leaveRoom(roomId, userId);
  }

  async muteOccupant(em: EntityManager, roomId: string, userId: string, minutes: number): Promise<void> {
    await this.sanction(em, roomId, userId, 'MUTE', minutes);
    await this.deps.seats.mute(roomId, userId, minutes > 0);
    await this.deps.eventLog.transaction(em, (_tx, append) =>
      append(roomStream.of(roomId), 'OccupantMuted', { userId, isMuted: minutes > 0 }),
    );
  }

  /** Removes all seats of a room that no longer exists, and has its subscriptions checked. */
  async evictAll(roomId: string): Promise<void> {
    const { seats, redis, redisPrefix } = this.deps;
    const userIds = await seats.clear(roomId);
    await this.announceDepartures();
    // Followers without a seat are checked by gateways in their turn.
    await publishAccessChanges(redis, userIds, redisPrefix).catch(() => undefined);
  }

  /** Removes the seats of an account that it may no longer have. */
  async evictIfOut(userId: string, isOut: boolean): Promise<void> {
    const { seats, grants } = this.deps;
    await seats.forgetLost(userId);
    for (const roomId of await seats.roomsOf(userId)) {
      const seat = await seats.seatOf(roomId, userId);
      if (!seat || (!isOut && seat.basis === 'open')) continue;
      grants.forget(userId);
      const granted = isOut ? [] : await grants.ids({ id: userId }, 'READ', 'Room');
      if (!granted.some((id) => id === roomId || id === '*')) await seats.leave(roomId, userId, seat.epoch);
    }
    await this.announceDepartures();
  }

  /** Stores the events and last poses of seats that were removed or given back. Each event is stored once, however often this runs. */
  async announceDepartures(): Promise<void> {
    const { seats } = this.deps;
    for (;;) {
      const waiting = await seats.departures();
      if (waiting.length === 0) return;
      const rooms = [...Map.groupBy(waiting, ([, { room }]) => room).values()];
      const announceNext = async (): Promise<void> => {
        for (let room = rooms.pop(); room; room = rooms.pop())
          for (const [text, departure] of room) {
            if (departure.returned) await this.announceReturn(departure, departure.returned.avatar || null);
            else await this.announce(departure);
            await seats.settle([text]);
          }
      };
      await Promise.all(Array.from({ length: ANNOUNCERS }, announceNext));
    }
  }

  private async announceReturn({ room, user, epoch }: Departure, avatarId: string | null): Promise<void> {
    const isThere = await this.deps.eventLog.transaction(this.deps.fork(), async (tx, append) => {
      const [row] = await tx.execute('select id from rooms.rooms where id = ? for key share', [room]);
      if (!row) return false;
      if (await recordSitting(tx, room, user, epoch))
        await append(roomStream.of(room), 'OccupantJoined', { userId: user, avatarId });
      return true;
    });
    if (!isThere) await this.deps.seats.leave(room, user, epoch);
  }

  private async announce(departure: Departure): Promise<void> {
    await this.deps.eventLog.transaction(this.deps.fork(), async (tx, append) => {
      const [sitting] = await tx.execute<{ is_persistent: boolean }[]>(
        `delete from rooms.sittings s using rooms.rooms r
         where s.room_id = ? and s.user_id = ? and s.epoch = ? and r.id = s.room_id returning r.is_persistent`,
        [departure.room, departure.user, departure.epoch],
      );
      if (!sitting) return;
      if (sitting.is_persistent) await keepPose(tx, departure);
      await append(roomStream.of(departure.room), 'OccupantLeft', { userId: departure.user });
    });
  }

  /** A seat may end before its join is stored. Its departure has found nothing to announce then. */
  private async announceIfGone(room: string, user: string, epoch: string): Promise<void> {
    const seat = await this.deps.seats.seatOf(room, user).catch(() => 'unknown' as const);
    if (seat === undefined) await this.announce({ room, user, epoch, pose: '' });
  }

  private async firstPose(em: EntityManager, { room }: RoomAccess, userId: string): Promise<StoredPose> {
    const spawn = poseAt(room.spawn.position, room.spawn.rotation);
    if (!room.isPersistent) return spawn;
    const [row] = await em.execute<{ pose: StoredPose }[]>(
      'select pose from rooms.last_poses where room_id = ? and user_id = ?',
      [room.id, userId],
    );
    return row ? { ...spawn, ...poseAt(row.pose, row.pose.rotation) } : spawn;
  }

  /** Zero minutes end it. */
  private async sanction(em: EntityManager, roomId: string, userId: string, kind: string, minutes: number) {
    await em.execute(
      `insert into rooms.sanctions (room_id, user_id, kind, until) values (?, ?, ?, now() + make_interval(mins => ?))
       on conflict (room_id, user_id, kind) do update set until = excluded.until`,
      [roomId, userId, kind, minutes],
    );
  }
}

/** @returns false if a later join is recorded */
async function recordSitting(tx: EntityManager, room: string, user: string, epoch: string): Promise<boolean> {
  const rows = await tx.execute<unknown[]>(
    `insert into rooms.sittings (room_id, user_id, epoch) values (?, ?, ?)
     on conflict (room_id, user_id) do update set epoch = excluded.epoch
     where rooms.sittings.epoch < excluded.epoch returning epoch`,
    [room, user, epoch],
  );
  return rows.length > 0;
}

async function keepPose(tx: EntityManager, { room, user, pose }: Departure): Promise<void> {
  if (pose === '') return;
  await tx.execute(
    `insert into rooms.last_poses (room_id, user_id, pose) values (?, ?, ?::jsonb)
     on conflict (room_id, user_id) do update set pose = excluded.pose`,
    [room, user, pose],
  );
}
