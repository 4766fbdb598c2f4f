/** All features of the rooms subgraph. A feature comes after the features that it depends on. */
import { defineFeatures } from '@chat/kit/graphql/feature';
import { avatarFeature } from './avatars/avatar.feature';
import { thumbnailFeature } from './avatars/thumbnails/thumbnail.feature';
import { gestureFeature } from './gestures/gesture.feature';
import { liveFeature } from './live/live.feature';
import { objectFeature } from './objects/object.feature';
import { occupantFeature } from './occupants/occupant.feature';
import { poseFeature } from './poses/pose.feature';
import { roomFeature } from './rooms/room.feature';
import { userFeature } from './users/user.feature';
import { voiceFeature } from './voice/voice.feature';

export const features = defineFeatures(
  userFeature,
  thumbnailFeature,
  avatarFeature,
  occupantFeature,
  roomFeature,
  objectFeature,
  poseFeature,
  liveFeature,
  gestureFeature,
  voiceFeature,
);
