/** Objects in rooms: durable, versioned, with a state machine for each kind. */
import type { RoomsFeature } from '../feature';
import type { Seats } from '../occupants/seats';
import type { RoomLoader } from '../rooms/room.loader';
import { ObjectEntity } from './object.entity';
import { ObjectLoader } from './object.loader';
import { objectPolicy } from './object.policy';
import { objectReference } from './object.reference';
import { ObjectResolver, RoomObjectsResolver } from './object.resolver';
import { ObjectService } from './object.service';

export const objectFeature: RoomsFeature<{
  services: { objects: ObjectService };
  loaders: { object: ObjectLoader };
  needs: { seats: Seats };
  needsLoaders: { room: RoomLoader };
}> = {
  name: 'objects',
  entities: [ObjectEntity],
  resolvers: [RoomObjectsResolver, ObjectResolver],
  references: { RoomObject: objectReference },
  policy: objectPolicy,
  services: ({ eventLog }) => ({ objects: new ObjectService(eventLog) }),
  loaders: ({ em, loaders }) => ({ object: new ObjectLoader(em, () => loaders.room) }),
  accountRows: [{ table: 'objects', column: 'owner_id' }],
};
