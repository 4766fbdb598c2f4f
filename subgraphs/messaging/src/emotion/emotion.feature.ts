/** Emotions: what a text feels like, and reactions that fit. */
import type { ChannelLoader } from '../channels/channel.loader';
import type { MessagingFeature } from '../feature';
import { emotionPolicy } from './emotion.policy';
import { EmotionResolver } from './emotion.resolver';
import { EmotionService } from './emotion.service';

export const emotionFeature: MessagingFeature<{
  needsLoaders: { channel: ChannelLoader };
  services: { emotions: EmotionService };
}> = {
  name: 'emotions',
  resolvers: [EmotionResolver],
  policy: emotionPolicy,
  services: () => ({ emotions: new EmotionService() }),
};
