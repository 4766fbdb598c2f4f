/** Who keeps order: owners and moderators, and only owners say who that is. */
import { and, rule, type Policy } from '@chat/kit/graphql/policy';
import { forbidden, notFound } from '@chat/kit/errors';
import { inChannel, mayWrite, moderatesChannel } from '../channels/channel.policy';
import { canModerate, isOwner } from '../channels/channel.rules';
import type { ChannelEntity } from '../channels/channel.entity';
import type { MessagingContext } from '../context';

const moderates = and(mayWrite, moderatesChannel);

const moderatesThis = rule<MessagingContext, object, ChannelEntity>(
  'moderates this channel',
  async ({ loaders }, _args, channel) => {
    const access = await loaders.channel.accessChannel(channel.id);
    if (!access) return notFound('Channel');
    return canModerate(access) || forbidden('Only owners and moderators of the channel may see this.');
  },
);

export const moderationPolicy: Policy = {
  fields: {
    Mutation: {
      setMemberRole: and(
        mayWrite,
        inChannel('owns the channel', (access) => (isOwner(access) ? true : 'Only owners of the channel may do this.')),
      ),
      muteMember: moderates,
      banMember: moderates,
      unbanMember: moderates,
      setFilteredWords: moderates,
    },
    Channel: { filteredWords: moderatesThis },
  },
  references: {},
};
