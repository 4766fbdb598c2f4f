/** API keys and service accounts, and the introspection of tokens and keys for gateways. */
import {
  API_KEY_PREFIX,
  type EndedSessions,
  type FindChangedRoles,
  type TokenIntrospector,
} from '@chat/identity-client/sessions/introspection';
import type { AuditService } from '../audit/audit.service';
import type { IdentityFeature } from '../feature';
import { endedSessions } from '../sessions/ended-sessions';
import type { SessionService } from '../sessions/session.service';
import { ApiKeyEntity } from './api-key.entity';
import { apiKeyPolicy } from './api-key.policy';
import { ApiKeyResolver } from './api-key.resolver';
import { ApiKeyService } from './api-key.service';
import { introspectionEndpoint } from './introspection-endpoint';

export const apiKeyFeature: IdentityFeature<{
  needs: { audit: AuditService; sessions: SessionService };
  services: {
    apiKeys: ApiKeyService;
    introspectToken: TokenIntrospector;
    endedSessions: EndedSessions;
    changedRoles: FindChangedRoles;
  };
}> = {
  name: 'api-keys',
  entities: [ApiKeyEntity],
  resolvers: [ApiKeyResolver],
  policy: apiKeyPolicy,
  services({ access, fork, services: { audit, sessions } }) {
    const apiKeys = new ApiKeyService(access, audit);
    return {
      apiKeys,
      introspectToken: (token) => (token.startsWith(API_KEY_PREFIX) ? apiKeys : sessions).introspect(fork(), token),
      endedSessions: (ids) => endedSessions(fork(), ids),
      changedRoles: (since) => access.changedRoles(since),
    };
  },
  http: ({ viewerHeader, services }) =>
    introspectionEndpoint(services.introspectToken, services.endedSessions, services.changedRoles, viewerHeader),
};
