/** Who may use, see and end sessions. */
import { allow, withParent, type Policy } from '@chat/kit/graphql/policy';
import { isInPerson } from '../roles/role.policy';

export const sessionPolicy: Policy = {
  fields: {
    // The refresh token itself says who may; whose sessions one may end, the service.
    Mutation: { refreshSession: allow, logout: isInPerson, revokeSession: isInPerson },
    Authentication: withParent('accessToken', 'refreshToken', 'expiresAt', 'user'),
    Session: withParent('id', 'createdAt', 'lastSeenAt', 'expiresAt', 'userAgent', 'address', 'current'),
  },
  references: {},
  withoutWrite: { refreshSession: 'the refresh token authorises it, whatever the request came with' },
};
