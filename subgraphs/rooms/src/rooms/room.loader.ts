/** Loads rooms by id for one viewer, many in one query. There is no other way to load one that the viewer might not see. */
import type { Grants } from '@chat/identity-client/access/grants';
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { notFound } from '@chat/kit/errors';
import { isId } from '@chat/kit/ids';
import DataLoader from 'dataloader';
import { RoomEntity } from './room.entity';
import { canSee, type RoomAccess } from './room.rules';

export class RoomLoader {
  private readonly byId: DataLoader<string, RoomAccess | null>;

  constructor(em: () => EntityManager, viewer: Viewer | null, grants: Grants) {
    this.byId = new DataLoader((ids) => readAccess(em(), viewer, ids, grants));
  }

  /** `null` if the room does not exist, if its id is malformed, or if the viewer may not see it. */
  async accessRoom(id: string): Promise<RoomAccess | null> {
    const access = isId(id) ? await this.byId.load(id.toLowerCase()) : null;
    return access && canSee(access) ? access : null;
  }

  /** As {@link accessRoom}. @throws NOT_FOUND instead of null. */
  async requireRoom(id: string): Promise<RoomAccess> {
    const access = await this.accessRoom(id);
    if (!access) throw notFound('Room');
    return access;
  }

  /** The room of an object that the viewer has already received. @throws NOT_FOUND if it was deleted in the meantime */
  async roomOf({ roomId }: { roomId: string }): Promise<RoomEntity> {
    const access = await this.byId.load(roomId);
    if (!access) throw notFound('Room');
    return access.room;
  }

  /** Forgets a row that has changed. */
  clear(id: string): void {
    this.byId.clear(id.toLowerCase());
  }
}

interface SanctionRow {
  room_id: string;
  kind: 'KICK' | 'MUTE';
}

/** Access as the database has it now. */
export async function readAccess(
  em: EntityManager,
  viewer: Viewer | null,
  ids: readonly string[],
  grants: Grants,
): Promise<(RoomAccess | null)[]> {
  const rooms = await em.find(RoomEntity, { id: { $in: [...ids] } }, { refresh: true });
  const byId = new Map(rooms.map((room) => [room.id, room]));
  const [sanctions, admissions, grantedOn] = await Promise.all([
    viewer && rooms.length > 0
      ? em.execute<SanctionRow[]>(
          'select room_id, kind from rooms.sanctions where user_id = ? and room_id in (?) and until > now()',
          [viewer.id, ids],
        )
      : [],
    viewer && rooms.some(({ hasLobby }) => hasLobby)
      ? em.execute<{ room_id: string }[]>(
          'select room_id from rooms.lobby where user_id = ? and room_id in (?) and is_admitted',
          [viewer.id, ids],
        )
      : [],
    grants.on(viewer, 'Room'),
  ]);
  const isSanctioned = (id: string, kind: SanctionRow['kind']) =>
    sanctions.some((sanction) => sanction.room_id === id && sanction.kind === kind);
  return ids.map((id) => {
    const room = byId.get(id);
    if (!room) return null;
    return {
      viewer,
      room,
      granted: grantedOn(id),
      isKicked: isSanctioned(id, 'KICK'),
      isMuted: isSanctioned(id, 'MUTE'),
      isAdmitted: admissions.some((admission) => admission.room_id === id),
    };
  });
}
