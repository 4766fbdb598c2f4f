/** Occupants: seats in rooms, their end, and moderation. */
import { watchAccessChanges } from '@chat/identity-client/access/access-changes';
import type { AvatarLoader } from '../avatars/avatar.loader';
import type { AvatarService } from '../avatars/avatar.service';
import type { RoomsFeature } from '../feature';
import { roomCursorLoader, type RoomCursorLoader } from '../rooms/room-cursor.loader';
import { RoomLoader } from '../rooms/room.loader';
import { LobbyService } from './lobby.service';
import { OccupancyService } from './occupancy.service';
import { occupantCountLoader, type OccupantCountLoader } from './occupant.loader';
import { occupantPolicy } from './occupant.policy';
import { LobbyEntryResolver, OccupantResolver, RoomOccupantsResolver } from './occupant.resolver';
import { SeatKeeper } from './seat.keeper';
import { Seats } from './seats';

export const occupantFeature: RoomsFeature<{
  services: { seats: Seats; occupancy: OccupancyService; lobby: LobbyService; keeper: SeatKeeper };
  loaders: { occupantCount: OccupantCountLoader; room: RoomLoader; roomCursor: RoomCursorLoader };
  needs: { avatars: AvatarService };
  needsLoaders: { avatars: AvatarLoader };
}> = {
  name: 'occupants',
  resolvers: [RoomOccupantsResolver, LobbyEntryResolver, OccupantResolver],
  policy: occupantPolicy,
  services({ config, disposal, eventLog, fork, grants, log, redis, subscriber }) {
    const seats = new Seats(redis, config.REDIS_PREFIX);
    const occupancy = new OccupancyService({ seats, eventLog, grants, fork, redis, redisPrefix: config.REDIS_PREFIX });
    disposal.defer(
      watchAccessChanges(
        subscriber,
        ({ userId, isOut = false }) => {
          if (userId === undefined) return;
          occupancy
            .evictIfOut(userId, isOut)
            .catch((error: unknown) => log.warn({ err: error }, 'the seats of an account could not be checked'));
        },
        config.REDIS_PREFIX,
      ),
    );
    const keeper = disposal.use(new SeatKeeper(seats, occupancy, log));
    return { seats, occupancy, keeper, lobby: new LobbyService(eventLog) };
  },
  loaders: ({ em, viewer, parts: { feed, grants, services } }) => ({
    occupantCount: occupantCountLoader(services.seats),
    room: new RoomLoader(em, viewer, grants),
    roomCursor: roomCursorLoader(em, feed),
  }),
  async start({ services }) {
    services.keeper.start();
  },
  accountRows: [
    { table: 'sanctions', column: 'user_id' },
    { table: 'lobby', column: 'user_id' },
    { table: 'sittings', column: 'user_id' },
    { table: 'last_poses', column: 'user_id' },
  ],
};
