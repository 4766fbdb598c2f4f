/** Who keeps order: owners and moderators, and only owners say who that is. */
import { and, rule, type Policy } from '@chat/kit/graphql/policy';
import { forbidden, notFound } from '@chat/kit/errors';
import { inChannel, mayWrite, moderatesChannel } from '../channels/channel.policy';
import { moderates, owns } from '../channels/channel.rules';
import type { ChannelEntity } from '../channels/channel.entity';
import type { MessagingContext } from '../context';

const keepsOrder = and(mayWrite, moderatesChannel);

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
      setMemberRole: and(mayWrite, inChannel('owns the channel', owns)),
      muteMember: keepsOrder,
      banMember: keepsOrder,
      unbanMember: keepsOrder,
      setFilteredWords: keepsOrder,
    },
    Channel: { filteredWords: moderatesThis },
  },
  references: {},
};
