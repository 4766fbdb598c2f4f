/** Access to login providers: open to anonymous requests. */
import { allow, withParent, type Policy } from '@chat/kit/graphql/policy';

const NO_ACCOUNT_YET = 'an anonymous mutation; there is no account whose rights a scope could limit';

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
