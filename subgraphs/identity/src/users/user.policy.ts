/** Access to accounts and their fields. */
import { isLoggedIn, or, rule, withParent, type Policy } from '@chat/kit/graphql/policy';
import type { IdentityContext } from '../context';
import { isAdministrator } from '../permissions/permission.policy';

const isTheAccountItself = rule<IdentityContext, object, { id: string }>(
  'is the account itself',
  ({ viewer }, _args, user) => viewer?.id === user.id,
);

export const userPolicy: Policy = {
  fields: {
    Query: { me: isLoggedIn, user: isLoggedIn, users: isLoggedIn },
    User: {
      ...withParent('id', 'username', 'displayName', 'avatarUrl', 'roles', 'isBot', 'isActive', 'createdAt'),
      email: or(isTheAccountItself, isAdministrator),
      isEmailVerified: or(isTheAccountItself, isAdministrator),
      locale: or(isTheAccountItself, isAdministrator),
      permissions: or(isTheAccountItself, isAdministrator),
      sessions: or(isTheAccountItself, isAdministrator),
      apiKeys: or(isTheAccountItself, isAdministrator),
    },
    UserConnection: withParent('totalCount'),
  },
  references: { User: isLoggedIn },
};
