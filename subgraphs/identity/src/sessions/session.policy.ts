/** Access to sessions. */
import { needsNoViewer, withParent, type Policy } from '@chat/kit/graphql/policy';
import { isInPerson } from '../permissions/permission.policy';

export const sessionPolicy: Policy = {
  fields: {
    // The refresh token authorises its own use. The service checks the owner of a session to revoke.
    Mutation: { refreshSession: needsNoViewer, logout: isInPerson, revokeSession: isInPerson },
    Authentication: withParent('accessToken', 'refreshToken', 'expiresAt', 'expiresInMs', 'user'),
    Session: withParent('id', 'createdAt', 'lastSeenAt', 'expiresAt', 'userAgent', 'address', 'current'),
  },
  references: {},
  withoutWrite: { refreshSession: 'the refresh token authorises it, not the token of the request' },
};
