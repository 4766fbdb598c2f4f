/** Creates, changes and deletes rooms. Access is in room.policy.ts; occupants are in occupants/. */
import type { EntityManager } from '@chat/kit/database/database';
import { notFound } from '@chat/kit/errors';
import type { EventLog } from '@chat/kit/events/event-log';
import { newId } from '@chat/kit/ids';
import { LockMode } from '@mikro-orm/core';
import { toStoredTransform } from '../spatial/transform.input';
import { RoomEntity } from './room.entity';
import { roomStream } from './room.events';
import { DEFAULT_CAPACITY, DEFAULT_ENVIRONMENT, type CreateRoomInput, type UpdateRoomInput } from './room.input';

const ORIGIN = { position: { x: 0, y: 0, z: 0 } };

export class RoomService {
  constructor(private readonly eventLog: EventLog) {}

  async createRoom(em: EntityManager, createdBy: string, input: CreateRoomInput): Promise<RoomEntity> {
    const room = em.create(RoomEntity, {
      id: newId(),
      name: input.name.trim(),
      capacity: input.capacity ?? DEFAULT_CAPACITY,
      environment: input.environment?.trim() ?? DEFAULT_ENVIRONMENT,
      spawn: toStoredTransform(input.spawn ?? ORIGIN),
      isPrivate: input.isPrivate ?? false,
      isPersistent: input.persistent ?? false,
      isLocked: false,
      hasLobby: input.hasLobby ?? false,
      openToGuests: input.openToGuests ?? false,
      channelId: input.channelId?.toLowerCase() ?? null,
      createdBy,
      createdAt: new Date(),
    });
    await em.persist(room).flush();
    return room;
  }

  async updateRoom(em: EntityManager, { id, ...input }: UpdateRoomInput): Promise<void> {
    await this.change(em, id.toLowerCase(), (room) => {
      room.name = input.name?.trim() ?? room.name;
      room.capacity = input.capacity ?? room.capacity;
      room.environment = input.environment?.trim() ?? room.environment;
      room.hasLobby = input.hasLobby ?? room.hasLobby;
      room.openToGuests = input.openToGuests ?? room.openToGuests;
    });
  }

  async lockRoom(em: EntityManager, roomId: string, isLocked: boolean): Promise<void> {
    await this.change(em, roomId, (room) => void (room.isLocked = isLocked));
  }

  /** @throws NOT_FOUND if the room was deleted meanwhile */
  private async change(em: EntityManager, id: string, apply: (room: RoomEntity) => void): Promise<void> {
    await this.eventLog.transaction(em, async (tx, append) => {
      const room = await tx.findOne(RoomEntity, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true });
      if (!room) throw notFound('Room');
      apply(room);
      await tx.flush();
      await append(roomStream.of(id), 'RoomUpdated', {});
    });
  }

  /** Deletes the room with its objects. The caller removes the seats afterwards. */
  async deleteRoom(em: EntityManager, id: string): Promise<void> {
    await em.execute('delete from rooms.rooms where id = ?', [id]);
  }
}
