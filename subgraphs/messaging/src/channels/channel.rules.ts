/** Who may what in a channel, as plain questions about a channel and what an account is to it. Knows neither GraphQL nor SQL. */
import type { Permission } from '@chat/identity-client/access/grants';
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

/** Whoever keeps order without a role in the channel: by a grant, or as a moderator of the installation where it may look. */
export const canModerateFromOutside = (access: ChannelAccess): boolean =>
  access.channel.type !== ChannelType.DIRECT &&
  (isGranted(access, 'MANAGE') || (access.isInstallationModerator && canSee(access)));

/** Owners and moderators keep order, and some from outside. Direct channels have neither. */
export const canModerate = (access: ChannelAccess): boolean =>
  canModerateFromOutside(access) ||
  (access.channel.type !== ChannelType.DIRECT &&
    isMember(access) &&
    (access.membership?.role === MemberRole.OWNER || access.membership?.role === MemberRole.MODERATOR));

/** As {@link canModerate}: true, or why not. */
export const moderates = (access: ChannelAccess): true | string =>
  canModerate(access) || 'Only owners and moderators of the channel may do this.';

/** As {@link isOwner}: true, or why not. */
export const owns = (access: ChannelAccess): true | string =>
  isOwner(access) || 'Only owners of the channel may do this.';

/** In public channels every member brings others along, in private ones only who keeps order: true, or why not. */
export const addsMembers = (access: ChannelAccess): true | string =>
  (access.channel.type === ChannelType.PUBLIC ? isMember(access) : canModerate(access)) ||
  'You may not add members to this channel.';

export const isMuted = ({ membership }: ChannelAccess, now = Date.now()): boolean =>
  membership?.mutedUntil != null && membership.mutedUntil.getTime() > now;

/** Whether who has this access may write into the channel: true, or why not. */
export function canSend(access: ChannelAccess): true | string {
  if (!isMember(access) && !isGranted(access, 'WRITE')) return 'Join the channel to write in it.';
  if (isMuted(access)) return `You are muted in this channel until ${access.membership!.mutedUntil!.toISOString()}.`;
  return true;
}
