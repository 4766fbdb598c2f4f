/** Access to presence: visible to all logged-in accounts; each account sets its own. */
import { isLoggedIn, withParent, type Policy } from '@chat/kit/graphql/policy';

export const presencePolicy: Policy = {
  fields: {
    Mutation: { setPresence: isLoggedIn },
    Subscription: { presenceChanged: isLoggedIn },
    User: { presence: isLoggedIn },
    Presence: withParent('user', 'status', 'lastSeenAt'),
  },
  references: {},
};
