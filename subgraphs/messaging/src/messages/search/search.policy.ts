/** Access to search: every logged-in account. Results are limited to messages that the viewer may read. */
import { isLoggedIn, withParent, type Policy } from '@chat/kit/graphql/policy';

export const searchPolicy: Policy = {
  fields: {
    Query: { searchMessages: isLoggedIn },
    MessageSearchResult: withParent('message', 'snippet'),
    SearchWarning: withParent('code', 'term', 'message'),
  },
  references: {},
};
