/** Everybody who is logged in sees who is there; one speaks for oneself only. */
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
