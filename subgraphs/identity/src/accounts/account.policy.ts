/** Anybody may try to get in; what is one's own one changes oneself; the rest is for administrators. */
import { allow, and, or, rule, type Policy } from '@chat/kit/graphql/policy';
import type { SubgraphContext } from '@chat/kit/graphql/context';
import { isAdministrator, isInPerson, mayChangeItself } from '../roles/role.policy';

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
      updateProfile: mayChangeItself,
      changePassword: isInPerson,
      deactivateUser: isAdministrator,
      reactivateUser: isAdministrator,
      deleteUser: or(and(isInPerson, namesItself), isAdministrator),
      createServiceAccount: isAdministrator,
    },
  },
  references: {},
};
