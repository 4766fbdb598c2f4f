/** Resolves references of other subgraphs to documents. The policy has been applied before. */
import type { KnowledgeContext } from '../../context';

export const documentReference = ({ id }: { id: string }, { loaders }: KnowledgeContext) =>
  loaders.document.accessDocument(id);
