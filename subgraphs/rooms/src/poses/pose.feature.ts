/** Poses: movements into Redis, and frames out of it. */
import type { RoomsFeature } from '../feature';
import type { Seats } from '../occupants/seats';
import { posePolicy } from './pose.policy';
import { PoseResolver } from './pose.resolver';
import { PoseService } from './pose.service';
import { RoomFrames } from './room-frames';

export const poseFeature: RoomsFeature<{
  services: { poses: PoseService; frames: RoomFrames };
  needs: { seats: Seats };
}> = {
  name: 'poses',
  resolvers: [PoseResolver],
  policy: posePolicy,
  services({ log, services: { seats } }) {
    const frames = new RoomFrames(seats, log);
    return { frames, poses: new PoseService(seats, frames) };
  },
};
