/** Access to login providers: open to anonymous requests. */
import { needsNoViewer, withParent, type Policy } from '@chat/kit/graphql/policy';

const NO_ACCOUNT_YET = 'an anonymous mutation; there is no account whose rights a scope could limit';

export const providerPolicy: Policy = {
  fields: {
    Query: { identityProviders: needsNoViewer },
    Mutation: { beginProviderLogin: needsNoViewer, completeProviderLogin: needsNoViewer },
    IdentityProvider: withParent('id', 'name'),
    ProviderLogin: withParent('authorizationUrl', 'state'),
  },
  references: {},
  withoutWrite: { beginProviderLogin: NO_ACCOUNT_YET, completeProviderLogin: NO_ACCOUNT_YET },
};
