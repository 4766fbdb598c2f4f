/** Anybody may try to get in; what is one's own one changes oneself; the rest is for administrators. */
import { allow, and, isLoggedIn, or, rule, type Policy } from '@chat/kit/graphql/policy';
import type { SubgraphContext } from '@chat/kit/graphql/context';
import { DEMANDS_MANAGE, isAdministrator, isInPerson } from '../roles/role.policy';

const NO_ACCOUNT_YET = 'it acts for nobody, so the request has no account whose rights could be limited';

const namesItself = rule<SubgraphContext, { id: string }>(
  'names its own account',
  ({ viewer }, { id }) => viewer?.id === id,
);

export const accountPolicy: Policy = {
  fields: {
    Mutation: {
      register: allow,
      login: allow,
      loginAsGuest: allow,
      requestPasswordReset: allow,
      resetPassword: allow,
      requestEmailConfirmation: isLoggedIn,
      confirmEmail: allow,
      updateProfile: isLoggedIn,
      changePassword: isInPerson,
      deactivateUser: isAdministrator,
      reactivateUser: isAdministrator,
      deleteUser: or(and(isInPerson, namesItself), isAdministrator),
      createServiceAccount: isAdministrator,
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
    deactivateUser: DEMANDS_MANAGE,
    reactivateUser: DEMANDS_MANAGE,
    deleteUser: DEMANDS_MANAGE,
    createServiceAccount: DEMANDS_MANAGE,
  },
};
