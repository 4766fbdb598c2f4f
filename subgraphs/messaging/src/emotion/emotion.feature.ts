/** Emotions: what a text feels like, reactions that fit, and the moods of authors for their avatars. */
import { Moods } from '@chat/kit/avatars/moods';
import type { ChannelLoader } from '../channels/channel.loader';
import type { MessagingFeature } from '../feature';
import { emotionPolicy } from './emotion.policy';
import { EmotionResolver } from './emotion.resolver';
import { EmotionService } from './emotion.service';
import { MoodTeller } from './mood.teller';
import type { MessageWriter } from '../messages/message.writer';

export const emotionFeature: MessagingFeature<{
  needs: { writer: MessageWriter };
  needsLoaders: { channel: ChannelLoader };
  services: { emotions: EmotionService };
}> = {
  name: 'emotions',
  resolvers: [EmotionResolver],
  policy: emotionPolicy,
  services({ config, log, redis, services: { writer } }) {
    const emotions = new EmotionService();
    const moods = new MoodTeller(new Moods(redis, config.REDIS_PREFIX), emotions, log);
    writer.onSent = moods.tell;
    return { emotions };
  },
};
