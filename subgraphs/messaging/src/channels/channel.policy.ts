/** Rules for channels. A channel that the viewer may not see is NOT_FOUND, the same as one that does not exist. */
import { forbidden, notFound } from '@chat/kit/errors';
import { and, isLoggedIn, rule, withParent, type Policy } from '@chat/kit/graphql/policy';
import type { MessagingContext } from '../context';
import { ChannelType } from './channel.entity';
import { addsMembers, canFollow, isMember, moderates, type ChannelAccess } from './channel.rules';

/** The arguments that can hold a channel's id. */
type ChannelArguments = {
  id?: string;
  channelId?: string;
  input?: { id?: string; channelId?: string };
};

const channelIdOf = ({ id, channelId, input }: ChannelArguments): string =>
  channelId ?? input?.channelId ?? id ?? input?.id ?? '';

/** A rule about the channel in the arguments or the reference. NOT_FOUND comes first; `check` returns true or the reason for a refusal. */
export const channelRule = (name: string, check: (access: ChannelAccess) => true | string) =>
  rule<MessagingContext, ChannelArguments, ChannelArguments | undefined>(name, async (context, args, parent) => {
    const access = await context.loaders.channel.accessChannel(channelIdOf(args) || channelIdOf(parent ?? {}));
    if (!access) return notFound('Channel');
    const verdict = check(access);
    return verdict === true || forbidden(verdict);
  });

const seesChannel = channelRule('sees the channel', () => true);

export const followsChannel = channelRule('follows the channel', (access) =>
  canFollow(access) ? true : 'You have left this channel. Join it again to follow it.',
);

export const moderatesChannel = channelRule('moderates the channel', moderates);

export const joinedChannel = channelRule('is a member of the channel', (access) =>
  isMember(access) ? true : 'Join the channel first.',
);

/** Guests may write in channels that they are members of, which other rules check. All other accounts need the permission. */
export const mayWrite = rule(
  'may write',
  ({ viewer }) => viewer !== null && (viewer.permissions.includes('WRITE') || viewer.roles.includes('GUEST')),
);

/** Required for creating and joining channels; guests do not have it. */
const canWriteAnywhere = rule('may write everywhere', ({ viewer }) => viewer?.permissions.includes('WRITE') ?? false);

const writes = (allowed: ReturnType<typeof channelRule>) => and(mayWrite, allowed);

export const channelPolicy: Policy = {
  fields: {
    Query: { channel: and(isLoggedIn, seesChannel), channels: isLoggedIn },
    Mutation: {
      createChannel: canWriteAnywhere,
      openDirectChannel: canWriteAnywhere,
      joinChannel: and(
        canWriteAnywhere,
        // A grant to read a private channel does not include joining it.
        channelRule('may join the channel', (access) =>
          access.channel.type === ChannelType.PUBLIC || isMember(access)
            ? true
            : 'Only its owners and moderators add members to a private channel.',
        ),
      ),
      leaveChannel: and(isLoggedIn, seesChannel),
      updateChannel: writes(moderatesChannel),
      addMembers: writes(channelRule('adds members to the channel', addsMembers)),
      removeMember: writes(moderatesChannel),
    },
    Channel: withParent(
      'id',
      'name',
      'topic',
      'type',
      'slowModeSeconds',
      'retentionDays',
      'memberCount',
      'createdAt',
      'cursor',
      'members',
      'viewerMembership',
    ),
    ChannelMember: withParent('user', 'role', 'joinedAt', 'mutedUntil'),
    ViewerMembership: withParent('role', 'joinedAt', 'mutedUntil', 'unreadCount', 'mentionCount'),
  },
  references: { Channel: seesChannel },
};
