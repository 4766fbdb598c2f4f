/** Rules for channels. A channel that the viewer may not see is NOT_FOUND, the same as one that does not exist. */
import type { Viewer } from '@chat/kit/auth/viewer';
import { forbidden, notFound } from '@chat/kit/errors';
import { and, isLoggedIn, rule, withParent, type Policy } from '@chat/kit/graphql/policy';
import type { MessagingContext } from '../context';
import {
  addsMembers,
  canFollow,
  canJoin,
  canModerate,
  changes,
  isMember,
  moderates,
  type ChannelAccess,
} from './channel.rules';

/** The arguments that can hold a channel's id. */
type ChannelArguments = {
  id?: string;
  channelId?: string;
  input?: { id?: string; channelId?: string };
};

const channelIdOf = ({ id, channelId, input }: ChannelArguments): string =>
  channelId ?? input?.channelId ?? id ?? input?.id ?? '';

/** A rule about the channel in the arguments or the reference. NOT_FOUND comes first; `check` returns true or the reason for a refusal. */
export const channelRule = (
  name: string,
  check: (access: ChannelAccess, viewer: Viewer | null) => true | string,
  read: 'accessChannel' | 'accessToSend' = 'accessChannel',
) =>
  rule<MessagingContext, ChannelArguments, ChannelArguments | undefined>(name, async (context, args, parent) => {
    const access = await context.loaders.channel[read](channelIdOf(args) || channelIdOf(parent ?? {}));
    if (!access) return notFound('Channel');
    const verdict = check(access, context.viewer);
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

const hasWrite = (viewer: Viewer | null): boolean => viewer?.permissions.includes('WRITE') ?? false;

/** Guests may write in channels that they are members of, which other rules check. All other accounts need the permission. */
export const isWriter = (viewer: Viewer | null): boolean =>
  hasWrite(viewer) || (viewer?.roles.includes('GUEST') ?? false);

export const mayWrite = rule('may write', ({ viewer }) => isWriter(viewer));

/** Required for creating channels; guests do not have it. */
const canWriteAnywhere = rule('may write everywhere', ({ viewer }) => hasWrite(viewer));

const writes = (allowed: ReturnType<typeof channelRule>) => and(mayWrite, allowed);

export const channelPolicy: Policy = {
  fields: {
    Query: { channel: and(isLoggedIn, seesChannel), channels: isLoggedIn },
    Mutation: {
      createChannel: canWriteAnywhere,
      openDirectChannel: canWriteAnywhere,
      joinChannel: writes(channelRule('may join the channel', (access, viewer) => canJoin(access, !hasWrite(viewer)))),
      leaveChannel: and(isLoggedIn, seesChannel),
      updateChannel: writes(channelRule('changes the channel', changes)),
      addMembers: writes(
        channelRule('adds members to the channel', (access, viewer) =>
          hasWrite(viewer) || canModerate(access) ? addsMembers(access) : 'Guests may not add members.',
        ),
      ),
      removeMember: writes(moderatesChannel),
    },
    Channel: withParent(
      'id',
      'name',
      'topic',
      'type',
      'slowModeSeconds',
      'retentionDays',
      'openToGuests',
      'suggestsReactions',
      'openToRetrieval',
      'memberCount',
      'createdAt',
      'archivedAt',
      'lastActivityAt',
      'cursor',
      'members',
      'viewerMembership',
    ),
    ChannelMember: withParent('user', 'role', 'joinedAt', 'mutedUntil'),
    ViewerMembership: withParent(
      'role',
      'joinedAt',
      'mutedUntil',
      'notificationsMutedUntil',
      'unreadCount',
      'mentionCount',
    ),
  },
  references: { Channel: seesChannel },
};
