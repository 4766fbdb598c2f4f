/** The list of rooms that a viewer may see, sorted by name. */
import type { EntityManager } from '@chat/kit/database/database';
import {
  foreignCursor,
  pageRequest,
  toConnection,
  type Connection,
  type PageArguments,
} from '@chat/kit/graphql/connection';
import { isId } from '@chat/kit/ids';
import { RoomEntity } from './room.entity';

const LIST = 'rooms';

export interface RoomListViewer {
  id: string;
  /** Whether the viewer sees every room. */
  isAdministrator: boolean;
  /** Ids of rooms that are granted; `*` for all. */
  granted: readonly string[];
}

export async function listRooms(
  em: EntityManager,
  { id: viewerId, isAdministrator, granted }: RoomListViewer,
  page: PageArguments,
): Promise<Connection<RoomEntity>> {
  const request = pageRequest(LIST, page, 2);
  const [name, id] = request.from ?? [];
  if (request.from && (typeof name !== 'string' || !isId(id))) throw foreignCursor(request);
  const seesAll = isAdministrator || granted.includes('*');
  const ids = granted.filter(isId);
  const direction = request.isBackward ? 'desc' : 'asc';
  const rows = await em.execute<{ id: string; sort_name: string }[]>(
    `select r.id, lower(r.name) as sort_name from rooms.rooms r
     where (? or not r.is_private or r.created_by = ?${ids.length > 0 ? ' or r.id in (?)' : ''})
       ${request.from ? `and (lower(r.name), r.id) ${request.isBackward ? '<' : '>'} (?, ?::uuid)` : ''}
     order by lower(r.name) ${direction}, r.id ${direction} limit ?`,
    [seesAll, viewerId, ...(ids.length > 0 ? [ids] : []), ...(request.from ?? []), request.limit],
  );
  const rooms = await em.find(RoomEntity, { id: { $in: rows.map((row) => row.id) } });
  const byId = new Map(rooms.map((room) => [room.id, room]));
  return toConnection(
    LIST,
    request,
    rows.filter((row) => byId.has(row.id)),
    (row) => [row.sort_name, row.id],
    (row) => byId.get(row.id)!,
  );
}
