/** Who may what in a channel, as plain questions about a channel and what an account is to it. Knows neither GraphQL nor SQL. */
import type { Permission } from '@chat/kit/auth/grants';
import { ChannelType, type ChannelEntity } from './channel.entity';
import { MemberRole, type MemberEntity } from './member.entity';

export interface ChannelAccess {
  viewerId: string | null;
  /** Whether the viewer keeps order on the whole installation, wherever it may look. */
  isInstallationModerator: boolean;
  channel: ChannelEntity;
  /** Also there, with its state, for who has left or is banned. */
  membership: MemberEntity | null;
  /** What the viewer was granted on the channel beyond that. */
  granted: readonly Permission[];
}

export const isMember = ({ membership }: ChannelAccess): boolean => membership?.state === 'JOINED';

/** Grants reach wherever channels are a matter of the installation: not into direct ones, nor past a ban. */
export const isGranted = ({ channel, membership, granted }: ChannelAccess, permission: Permission): boolean =>
  granted.includes(permission) && channel.type !== ChannelType.DIRECT && membership?.state !== 'BANNED';

/** Public channels are open to every account that is not banned from them, all others to members and to whom was granted. */
export const canSee = (access: ChannelAccess): boolean =>
  isMember(access) ||
  isGranted(access, 'READ') ||
  (access.viewerId !== null && access.channel.type === ChannelType.PUBLIC && access.membership?.state !== 'BANNED');

/** Whoever may see a channel may follow it live, except who has left it: leaving means hearing no more of it. */
export const canFollow = (access: ChannelAccess): boolean => canSee(access) && access.membership?.state !== 'LEFT';

export const isOwner = (access: ChannelAccess): boolean =>
  isMember(access) && access.membership?.role === MemberRole.OWNER;

/** Owners and moderators keep order, and the installation's moderators where they may look. Direct channels have neither. */
export const canModerate = (access: ChannelAccess): boolean =>
  access.channel.type !== ChannelType.DIRECT &&
  (isOwner(access) ||
    (isMember(access) && access.membership?.role === MemberRole.MODERATOR) ||
    isGranted(access, 'MANAGE') ||
    (access.isInstallationModerator && canSee(access)));

/** In public channels every member brings others along, in private ones only who keeps order. */
export const canAddMembers = (access: ChannelAccess): boolean =>
  access.channel.type === ChannelType.PUBLIC ? isMember(access) : canModerate(access);

export const isMuted = ({ membership }: ChannelAccess, now = Date.now()): boolean =>
  membership?.mutedUntil != null && membership.mutedUntil.getTime() > now;
