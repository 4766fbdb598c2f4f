/** Anybody may try to get in. */
import { allow, withParent, type Policy } from '@chat/kit/graphql/policy';

const NO_ACCOUNT_YET = 'it acts for nobody, so the request has no account whose rights could be limited';

export const providerPolicy: Policy = {
  fields: {
    Query: { identityProviders: allow },
    Mutation: { beginProviderLogin: allow, completeProviderLogin: allow },
    IdentityProvider: withParent('id', 'name'),
    ProviderLogin: withParent('authorizationUrl', 'state'),
  },
  references: {},
  withoutWrite: { beginProviderLogin: NO_ACCOUNT_YET, completeProviderLogin: NO_ACCOUNT_YET },
};
