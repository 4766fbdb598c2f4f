/** Access to accounts: open to anonymous requests for logins, to accounts for themselves, and otherwise to administrators. */
import { and, isLoggedIn, needsNoViewer, or, rule, type Policy } from '@chat/kit/graphql/policy';
import type { SubgraphContext } from '@chat/kit/graphql/context';
import { DEMANDS_MANAGE, isAdministrator, isInPerson } from '../permissions/permission.policy';

const NO_ACCOUNT_YET = 'an anonymous mutation; there is no account whose rights a scope could limit';

const namesItself = rule<SubgraphContext, { id: string }>(
  'names its own account',
  ({ viewer }, { id }) => viewer?.id === id,
);

export const accountPolicy: Policy = {
  fields: {
    Mutation: {
      register: needsNoViewer,
      login: needsNoViewer,
      loginAsGuest: needsNoViewer,
      requestPasswordReset: needsNoViewer,
      resetPassword: needsNoViewer,
      requestEmailConfirmation: isLoggedIn,
      confirmEmail: needsNoViewer,
      changeEmail: isInPerson,
      createUser: isAdministrator,
      updateProfile: isLoggedIn,
      changePassword: isInPerson,
      deactivateUser: isAdministrator,
      reactivateUser: isAdministrator,
      deleteUser: or(and(isInPerson, namesItself), isAdministrator),
    },
  },
  references: {},
  withoutWrite: {
    register: NO_ACCOUNT_YET,
    login: NO_ACCOUNT_YET,
    loginAsGuest: NO_ACCOUNT_YET,
    requestPasswordReset: NO_ACCOUNT_YET,
    resetPassword: 'the mailed token authorises it',
    confirmEmail: 'the mailed token authorises it',
    createUser: DEMANDS_MANAGE,
    deactivateUser: DEMANDS_MANAGE,
    reactivateUser: DEMANDS_MANAGE,
    deleteUser: DEMANDS_MANAGE,
  },
};
