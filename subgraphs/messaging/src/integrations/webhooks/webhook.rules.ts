/** Who may manage webhooks, in both directions, as a plain question. Knows neither GraphQL nor SQL. */
import type { Viewer } from '@chat/kit/auth/viewer';
import { canModerate, type ChannelAccess } from '../../channels/channel.rules';

/** Administrators manage all, the moderators of a channel those of the channel. `access` is null where the viewer does not see the channel, or there is none. */
export const canManageWebhooks = (viewer: Viewer | null, access: ChannelAccess | null): boolean =>
  viewer !== null &&
  viewer.permissions.includes('WRITE') &&
  (viewer.permissions.includes('MANAGE') || (access !== null && canModerate(access)));
