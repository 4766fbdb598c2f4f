/** Access to the search: accounts only. The search itself covers only sources that the viewer may read. */
import { isLoggedIn, withParent, type Policy } from '@chat/kit/graphql/policy';

export const searchPolicy: Policy = {
  fields: {
    Query: { semanticSearch: isLoggedIn },
    SearchResult: withParent('score', 'text', 'source'),
  },
  references: {},
};
