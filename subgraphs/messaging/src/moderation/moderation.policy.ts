/** Rules for moderation: owners and moderators moderate, owners assign roles. If no owner is active, the next in line may as well. */
import { and, rule, type Policy } from '@chat/kit/graphql/policy';
import { forbidden, notFound } from '@chat/kit/errors';
import { mayWrite, moderatesChannel } from '../channels/channel.policy';
import { isMember, moderates, owns } from '../channels/channel.rules';
import type { ChannelEntity } from '../channels/channel.entity';
import type { MessagingContext } from '../context';

const keepsOrder = and(mayWrite, moderatesChannel);

const ownsChannel = rule<MessagingContext, { channelId: string }>(
  'owns the channel',
  async ({ loaders, services }, { channelId }) => {
    let access = await loaders.channel.accessChannel(channelId);
    if (access && owns(access) !== true && isMember(access) && (await services.owners.ensure(access.channel.id))) {
      loaders.channel.clear(channelId);
      access = await loaders.channel.accessChannel(channelId);
    }
    if (!access) return notFound('Channel');
    const verdict = owns(access);
    return verdict === true || forbidden(verdict);
  },
);

const moderatesThis = rule<MessagingContext, object, ChannelEntity>(
  'moderates this channel',
  async ({ loaders }, _args, channel) => {
    const access = await loaders.channel.accessChannel(channel.id);
    if (!access) return notFound('Channel');
    const verdict = moderates(access);
    return verdict === true || forbidden(verdict);
  },
);

export const moderationPolicy: Policy = {
  fields: {
    Mutation: {
      setMemberRole: and(mayWrite, ownsChannel),
      muteMember: keepsOrder,
      banMember: keepsOrder,
      unbanMember: keepsOrder,
      setFilteredWords: keepsOrder,
    },
    Channel: { filteredWords: moderatesThis },
  },
  references: {},
};
