/** Accounts, channels and files as rooms name them; other subgraphs own the types. */
import { withParent } from '@chat/kit/graphql/policy';
import type { RoomsFeature } from '../feature';

export const userFeature: RoomsFeature = {
  name: 'users',
  policy: {
    fields: { User: withParent('id'), Channel: withParent('id'), File: withParent('id') },
    references: {},
  },
};
