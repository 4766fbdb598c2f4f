/** Anybody may try to get in. */
import { allow, type Policy } from '@chat/kit/graphql/policy';

export const accountPolicy: Policy = {
  fields: { Mutation: { register: allow, login: allow, loginAsGuest: allow } },
  references: {},
};
