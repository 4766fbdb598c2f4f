/** Anybody may try to get in. */
import { allow, withParent, type Policy } from '@chat/kit/graphql/policy';

export const providerPolicy: Policy = {
  fields: {
    Query: { identityProviders: allow },
    Mutation: { beginProviderLogin: allow, completeProviderLogin: allow },
    IdentityProvider: withParent('id', 'name'),
    ProviderLogin: withParent('authorizationUrl', 'state'),
  },
  references: {},
};
