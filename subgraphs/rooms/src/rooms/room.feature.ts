/** Rooms: the spaces themselves, with their settings. */
import type { RoomsFeature } from '../feature';
import type { OccupancyService } from '../occupants/occupancy.service';
import { RoomEntity } from './room.entity';
import { roomStream } from './room.events';
import { roomPolicy } from './room.policy';
import { roomReference } from './room.reference';
import { RoomResolver } from './room.resolver';
import { RoomService } from './room.service';

export const roomFeature: RoomsFeature<{
  services: { rooms: RoomService };
  needs: { occupancy: OccupancyService };
}> = {
  name: 'rooms',
  entities: [RoomEntity],
  resolvers: [RoomResolver],
  references: { Room: roomReference },
  policy: roomPolicy,
  streams: [roomStream],
  services: ({ eventLog }) => ({ rooms: new RoomService(eventLog) }),
  accountRows: [{ table: 'rooms', column: 'created_by' }],
};
