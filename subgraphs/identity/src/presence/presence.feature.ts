/** Presence: online, away, busy or offline, and its live stream. */
import type { IdentityFeature } from '../feature';
import { presencePolicy } from './presence.policy';
import { PresenceResolver, UserPresenceResolver } from './presence.resolver';
import { PresenceService } from './presence.service';

export const presenceFeature: IdentityFeature<{ services: { presence: PresenceService } }> = {
  name: 'presence',
  resolvers: [PresenceResolver, UserPresenceResolver],
  policy: presencePolicy,
  services: ({ config, disposal, log, redis, subscriber }) => ({
    presence: disposal.use(new PresenceService(redis, subscriber, config.REDIS_PREFIX, log)),
  }),
};
