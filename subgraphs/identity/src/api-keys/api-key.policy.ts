/** An API key cannot make or end keys: it would outlive itself. */
import { withParent, type Policy } from '@chat/kit/graphql/policy';
import { isInPerson } from '../roles/role.policy';

export const apiKeyPolicy: Policy = {
  fields: {
    Mutation: { createApiKey: isInPerson, revokeApiKey: isInPerson },
    ApiKey: withParent('id', 'name', 'permissions', 'createdAt', 'expiresAt', 'lastUsedAt'),
    CreatedApiKey: withParent('secret', 'apiKey'),
  },
  references: {},
};
