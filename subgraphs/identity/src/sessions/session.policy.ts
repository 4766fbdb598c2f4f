/** Who may use and end sessions. */
import { allow, isLoggedIn, withParent, type Policy } from '@chat/kit/graphql/policy';

export const sessionPolicy: Policy = {
  fields: {
    // The refresh token itself says who may.
    Mutation: { refreshSession: allow, logout: isLoggedIn },
    Authentication: withParent('accessToken', 'refreshToken', 'expiresAt', 'user'),
  },
  references: {},
};
