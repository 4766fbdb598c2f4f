/** Loads the source of a passage by the loaders of its feature, which check access once more. */
import type { KnowledgeContext } from '../../context';
import type { SearchHit } from './search.service';

/** `null` if it is gone, or if the viewer may no longer read it. */
export async function loadSource(
  { loaders }: KnowledgeContext,
  { kind, sourceId }: Pick<SearchHit, 'kind' | 'sourceId'>,
): Promise<object | null> {
  switch (kind) {
    case 'DOCUMENT':
    case 'FILE': {
      const document = await loaders.document.accessDocument(sourceId);
      return document && { __typename: 'Document', ...document };
    }
    case 'MESSAGE':
      return { __typename: 'Message', id: sourceId };
    case 'WIKI': {
      const page = await loaders.page.accessPage(sourceId);
      return page && { __typename: 'WikiPage', ...page };
    }
    case 'DICTIONARY': {
      const term = await loaders.term.termById(sourceId);
      return term && { __typename: 'Term', ...term };
    }
    default:
      return null;
  }
}
