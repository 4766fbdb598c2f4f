/** Access to API keys. A key cannot create or revoke keys, because it would outlive itself. */
import { withParent, type Policy } from '@chat/kit/graphql/policy';
import { DEMANDS_MANAGE, isAdministrator, isInPerson } from '../permissions/permission.policy';

export const apiKeyPolicy: Policy = {
  fields: {
    Mutation: { createServiceAccount: isAdministrator, createApiKey: isInPerson, revokeApiKey: isInPerson },
    ApiKey: withParent('id', 'name', 'permissions', 'createdAt', 'expiresAt', 'lastUsedAt'),
    CreatedApiKey: withParent('secret', 'apiKey'),
  },
  references: {},
  withoutWrite: { createServiceAccount: DEMANDS_MANAGE },
};
