/** Resolves references of other subgraphs to pages. The policy has been applied before. */
import type { KnowledgeContext } from '../../context';

export const pageReference = ({ id }: { id: string }, { loaders }: KnowledgeContext) => loaders.page.accessPage(id);
