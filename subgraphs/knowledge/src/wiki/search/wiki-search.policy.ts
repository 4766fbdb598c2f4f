/** Access to the search. Its statement returns readable pages only. */
import { isLoggedIn, withParent, type Policy } from '@chat/kit/graphql/policy';

export const wikiSearchPolicy: Policy = {
  fields: {
    Query: { searchWiki: isLoggedIn },
    WikiSearchConnection: withParent('categories', 'tags', 'correctedQuery'),
    WikiSearchResult: withParent('page', 'snippet', 'score'),
    WikiCategoryFacet: withParent('category', 'count'),
    WikiTagFacet: withParent('tag', 'count'),
  },
  references: {},
};
