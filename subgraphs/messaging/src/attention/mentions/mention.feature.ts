/** Mentions: which accounts a message notifies. The inbox shows them. */
import type { MessagingFeature } from '../../feature';
import { MentionService } from './mention.service';
import { OnlinePeople } from './online-people';

export const mentionFeature: MessagingFeature<{ services: { mentions: MentionService } }> = {
  name: 'mentions',
  services: ({ config, fork, redis }) => ({
    mentions: new MentionService(fork, new OnlinePeople(redis, config.REDIS_PREFIX), {
      maxNames: config.MESSAGE_MAX_MENTIONS,
      maxNotified: config.MESSAGE_MAX_NOTIFIED,
    }),
  }),
};
