/** Access to status texts: visible to all logged-in accounts; each account sets its own. */
import { isLoggedIn, withParent, type Policy } from '@chat/kit/graphql/policy';

export const statusPolicy: Policy = {
  fields: {
    Mutation: { setStatus: isLoggedIn, clearStatus: isLoggedIn },
    User: withParent('status'),
    UserStatus: withParent('text', 'emoji', 'expiresAt'),
  },
  references: {},
};
