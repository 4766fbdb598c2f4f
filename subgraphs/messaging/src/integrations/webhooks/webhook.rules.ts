/** The permission check for incoming and outgoing webhooks as a pure function. Independent of GraphQL and SQL. */
import type { Viewer } from '@chat/kit/auth/viewer';
import { canModerate, type ChannelAccess } from '../../channels/channel.rules';

/** Administrators manage all webhooks, moderators those of their channel. `access` is null if there is no channel or the viewer cannot see it. */
export const canManageWebhooks = (viewer: Viewer | null, access: ChannelAccess | null): boolean =>
  viewer !== null &&
  viewer.permissions.includes('WRITE') &&
  (viewer.permissions.includes('MANAGE') || (access !== null && canModerate(access)));
