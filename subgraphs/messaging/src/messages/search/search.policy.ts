/** Everybody may search; what is found is limited to what the viewer may read. */
import { isLoggedIn, withParent, type Policy } from '@chat/kit/graphql/policy';

export const searchPolicy: Policy = {
  fields: {
    Query: { searchMessages: isLoggedIn },
    MessageSearchResult: withParent('message', 'snippet'),
  },
  references: {},
};
