/** Loads objects for one viewer. An object is visible if its room is. */
import type { EntityManager } from '@chat/kit/database/database';
import { notFound } from '@chat/kit/errors';
import { isId } from '@chat/kit/ids';
import DataLoader from 'dataloader';
import type { RoomLoader } from '../rooms/room.loader';
import type { RoomAccess } from '../rooms/room.rules';
import { ObjectEntity } from './object.entity';

export interface ObjectAccess {
  object: ObjectEntity;
  access: RoomAccess;
}

export class ObjectLoader {
  private readonly byId: DataLoader<string, ObjectEntity | null>;
  private readonly byRoom: DataLoader<string, ObjectEntity[]>;

  constructor(
    em: () => EntityManager,
    private readonly rooms: () => RoomLoader,
  ) {
    this.byId = new DataLoader(async (ids) => {
      const found = await em().find(ObjectEntity, { id: { $in: [...ids] } }, { refresh: true });
      const byId = new Map(found.map((object) => [object.id, object]));
      return ids.map((id) => byId.get(id) ?? null);
    });
    this.byRoom = new DataLoader(async (ids) => {
      const found = await em().find(ObjectEntity, { roomId: { $in: [...ids] } }, { orderBy: { id: 'asc' } });
      const byRoom = Map.groupBy(found, ({ roomId }) => roomId);
      return ids.map((id) => byRoom.get(id) ?? []);
    });
  }

  /** Null if the object does not exist, or if the viewer may not see its room. */
  async accessObject(id: string): Promise<ObjectAccess | null> {
    const object = isId(id) ? await this.byId.load(id.toLowerCase()) : null;
    const access = object && (await this.rooms().accessRoom(object.roomId));
    return access ? { object, access } : null;
  }

  /** As {@link accessObject}. @throws NOT_FOUND instead of null. */
  async requireObject(id: string): Promise<ObjectAccess> {
    const found = await this.accessObject(id);
    if (!found) throw notFound('Object');
    return found;
  }

  /** An object that an event of a visible room names; null if it was removed. */
  objectOf(id: string): Promise<ObjectEntity | null> {
    return this.byId.load(id);
  }

  /** The objects of a visible room, the oldest first. */
  objectsOf(roomId: string): Promise<ObjectEntity[]> {
    return this.byRoom.load(roomId);
  }
}
