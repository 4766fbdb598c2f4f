/** The rules of channels as pure functions of a channel and an account's access to it. No GraphQL, no SQL. */
import type { Permission } from '@chat/identity-client/access/grants';
import { ChannelType, type ChannelEntity } from './channel.entity';
import { MemberRole, type MemberEntity } from './member.entity';

export interface ChannelAccess {
  viewerId: string | null;
  /** Whether the viewer moderates the installation, in all channels that it sees. */
  isInstallationModerator: boolean;
  channel: ChannelEntity;
  /** Null if the viewer never was a member. Present, with its state, after leaving and during a ban. */
  membership: MemberEntity | null;
  /** Permissions by grants on the channel. */
  granted: readonly Permission[];
  /** Whether channel and membership may be a minute old; see ChannelLoader.accessToSend. */
  isRecent?: boolean;
}

export const isMember = ({ membership }: ChannelAccess): boolean => membership?.state === 'JOINED';

/** Grants have no effect in direct channels or during a ban. */
export const isGranted = ({ channel, membership, granted }: ChannelAccess, permission: Permission): boolean =>
  granted.includes(permission) && channel.type !== ChannelType.DIRECT && membership?.state !== 'BANNED';

/** All accounts see public channels, unless banned. Other channels need membership or a grant. */
export const canSee = (access: ChannelAccess): boolean =>
  isMember(access) ||
  isGranted(access, 'READ') ||
  (access.viewerId !== null && access.channel.type === ChannelType.PUBLIC && access.membership?.state !== 'BANNED');

/** An account that has left a channel may still see it if it is public, but may not follow it live. */
export const canFollow = (access: ChannelAccess): boolean => canSee(access) && access.membership?.state !== 'LEFT';

/** Moderates without a role in the channel: by a grant, or as a moderator of the installation that sees the channel. */
export const canModerateFromOutside = (access: ChannelAccess): boolean =>
  access.channel.type !== ChannelType.DIRECT &&
  (isGranted(access, 'MANAGE') || (access.isInstallationModerator && canSee(access)));

/** The installation's own channel needs no owner: its moderators from outside stand in. */
export const isOwner = (access: ChannelAccess): boolean =>
  (isMember(access) && access.membership?.role === MemberRole.OWNER) ||
  (access.channel.createdBy === null && canModerateFromOutside(access));

/** Owners and moderators of the channel moderate it, and so do accounts from outside. Direct channels have no moderation. */
export const canModerate = (access: ChannelAccess): boolean =>
  canModerateFromOutside(access) ||
  (access.channel.type !== ChannelType.DIRECT &&
    isMember(access) &&
    (access.membership?.role === MemberRole.OWNER || access.membership?.role === MemberRole.MODERATOR));

/** As {@link canModerate}, with the reason for a refusal. */
export const moderates = (access: ChannelAccess): true | string =>
  canModerate(access) || 'Only owners and moderators of the channel may do this.';

const ARCHIVED = 'The channel is archived.';

/** Changes the name, the topic and the settings. */
export const changes = (access: ChannelAccess): true | string =>
  access.channel.archivedAt ? ARCHIVED : moderates(access);

/** Owners delete a channel, and so do moderators from outside. Direct channels cannot be deleted. */
export const deletes = (access: ChannelAccess): true | string =>
  (access.channel.type !== ChannelType.DIRECT && isOwner(access)) ||
  canModerateFromOutside(access) ||
  'Only owners of the channel may delete it.';

/** As {@link isOwner}, with the reason for a refusal. */
export const owns = (access: ChannelAccess): true | string =>
  isOwner(access) || 'Only owners of the channel may do this.';

/** A grant to read a private channel does not include joining it. Guests join channels that are open to them. */
export function canJoin(access: ChannelAccess, isGuest: boolean): true | string {
  if (isMember(access)) return true;
  if (access.channel.archivedAt) return ARCHIVED;
  if (access.channel.type !== ChannelType.PUBLIC)
    return 'Only its owners and moderators add members to a private channel.';
  return !isGuest || access.channel.openToGuests || 'This channel is not open to guests.';
}

/** Any member may add accounts to a public channel; a private one needs a moderator. Returns true or the reason for a refusal. */
export const addsMembers = (access: ChannelAccess): true | string => {
  if (access.channel.archivedAt) return ARCHIVED;
  return (
    (access.channel.type === ChannelType.PUBLIC ? isMember(access) : canModerate(access)) ||
    'You may not add members to this channel.'
  );
};

const isMuted = ({ membership }: ChannelAccess, now = Date.now()): boolean =>
  membership?.mutedUntil != null && membership.mutedUntil.getTime() > now;

/** Returns true, or the reason for a refusal. sql/send-messages.sql applies the same rule under the channel's lock. */
export function canSend(access: ChannelAccess): true | string {
  if (!isMember(access) && !isGranted(access, 'WRITE')) return 'Join the channel to write in it.';
  if (access.channel.archivedAt) return ARCHIVED;
  if (isMuted(access)) return `You are muted in this channel until ${access.membership!.mutedUntil!.toISOString()}.`;
  return true;
}
