/** Status texts of accounts, with an emoji and an expiry, announced by presence. */
import type { IdentityFeature } from '../feature';
import type { PresenceService } from '../presence/presence.service';
import { statusPolicy } from './status.policy';
import { StatusResolver } from './status.resolver';
import { StatusService } from './status.service';

export const statusFeature: IdentityFeature<{
  needs: { presence: PresenceService };
  services: { statuses: StatusService };
}> = {
  name: 'status',
  resolvers: [StatusResolver],
  policy: statusPolicy,
  services: ({ services: { presence } }) => ({ statuses: new StatusService(presence) }),
};
