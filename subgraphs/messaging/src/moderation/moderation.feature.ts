/** Moderation: bans, mutes, slow mode and filtered words of a channel. */
import type { AccessNews } from '../channels/access-news';
import type { ChannelOwners } from '../channels/channel-owners';
import type { MemberService } from '../channels/member.service';
import type { MessagingFeature } from '../feature';
import { moderationPolicy } from './moderation.policy';
import { ModerationResolver } from './moderation.resolver';
import { ModerationService } from './moderation.service';

export const moderationFeature: MessagingFeature<{
  needs: { members: MemberService; accessNews: AccessNews; owners: ChannelOwners };
  services: { moderation: ModerationService };
}> = {
  name: 'moderation',
  resolvers: [ModerationResolver],
  policy: moderationPolicy,
  services: ({ eventLog, services: { members, accessNews, owners } }) => ({
    moderation: new ModerationService(eventLog, members, accessNews, owners),
  }),
};
