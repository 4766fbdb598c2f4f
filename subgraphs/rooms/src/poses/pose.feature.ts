/** Poses: movements and moods into Redis, and frames out of it. */
import { Moods } from '@chat/kit/avatars/moods';
import type { RoomsFeature } from '../feature';
import type { Seats } from '../occupants/seats';
import { MoodService } from './mood.service';
import { directMove } from './pose.direct';
import { posePolicy } from './pose.policy';
import { PoseResolver } from './pose.resolver';
import { PoseService } from './pose.service';
import { RoomFrames } from './room-frames';

export const poseFeature: RoomsFeature<{
  services: { poses: PoseService; frames: RoomFrames; moods: MoodService };
  needs: { seats: Seats };
}> = {
  name: 'poses',
  resolvers: [PoseResolver],
  policy: posePolicy,
  directMutations: ({ services: { poses } }) => ({ move: directMove(poses) }),
  services({ config, disposal, log, redis, subscriber, services: { seats } }) {
    const frames = new RoomFrames(seats, log);
    const poses = new PoseService(frames);
    const told = new Moods(redis, config.REDIS_PREFIX);
    const moods = new MoodService(told, poses, log);
    disposal.defer(told.hear(subscriber, (mood) => void moods.show(mood)));
    return { frames, poses, moods };
  },
};
