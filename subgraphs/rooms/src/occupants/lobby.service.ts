/** The lobby of a room: accounts that asked to join, and those that were let in. Access is in occupant.policy.ts. */
import type { EntityManager } from '@chat/kit/database/database';
import { notFound } from '@chat/kit/errors';
import type { EventLog } from '@chat/kit/events/event-log';
import { roomStream } from '../rooms/room.events';

export interface Waiting {
  userId: string;
  askedAt: Date;
}

export class LobbyService {
  constructor(private readonly eventLog: EventLog) {}

  /** Idempotent. */
  async askToJoin(em: EntityManager, roomId: string, userId: string): Promise<void> {
    await this.eventLog.transaction(em, async (tx, append) => {
      const added = await tx.execute<object[]>(
        `insert into rooms.lobby (room_id, user_id, asked_at) values (?, ?, now()) on conflict do nothing returning user_id`,
        [roomId, userId],
      );
      if (added.length > 0) await append(roomStream.of(roomId), 'LobbyChanged', { userId });
    });
  }

  /** @throws NOT_FOUND if the account does not wait */
  async admitOccupant(em: EntityManager, roomId: string, userId: string): Promise<void> {
    await this.eventLog.transaction(em, async (tx, append) => {
      const admitted = await tx.execute<object[]>(
        'update rooms.lobby set is_admitted = true where room_id = ? and user_id = ? returning user_id',
        [roomId, userId],
      );
      if (admitted.length === 0) throw notFound('Account in the lobby');
      await append(roomStream.of(roomId), 'LobbyChanged', { userId });
    });
  }

  /** Accounts that wait, the oldest request first. */
  async waiting(em: EntityManager, roomId: string): Promise<Waiting[]> {
    const rows = await em.execute<{ user_id: string; asked_at: string }[]>(
      'select user_id, asked_at from rooms.lobby where room_id = ? and not is_admitted order by asked_at, user_id limit 100',
      [roomId],
    );
    return rows.map((row) => ({ userId: row.user_id, askedAt: new Date(row.asked_at) }));
  }
}
