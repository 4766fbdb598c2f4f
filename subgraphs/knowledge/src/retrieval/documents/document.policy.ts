/** Access to documents. A document that the viewer may not read is NOT_FOUND, the same as one that does not exist. */
import { forbidden, notFound } from '@chat/kit/errors';
import { and, isLoggedIn, rule, withParent, type Policy } from '@chat/kit/graphql/policy';
import type { KnowledgeContext } from '../../context';

interface DocumentArguments {
  id?: string;
}

const readsDocument = rule<KnowledgeContext, DocumentArguments, { id?: string } | undefined>(
  'may read the document',
  async ({ loaders, viewer }, { id }, parent) => {
    if (!viewer) return false;
    return (await loaders.document.accessDocument(id ?? parent?.id ?? '')) ? true : notFound('Document');
  },
);

const ownsDocument = rule<KnowledgeContext, DocumentArguments>(
  'owns the document, or may delete and read it',
  async ({ loaders, viewer }, { id = '' }) => {
    const document = await loaders.document.accessDocument(id);
    const mayDelete = document?.ownerId === viewer?.id || viewer?.permissions.includes('DELETE');
    return mayDelete ? true : forbidden('Only its owner and moderators remove a document or read it again.');
  },
);

const addsDocuments = rule<KnowledgeContext>('is a member who may write', ({ viewer }) =>
  Boolean(viewer?.permissions.includes('WRITE') && viewer.roles.some((role) => role !== 'GUEST')),
);

export const documentPolicy: Policy = {
  fields: {
    Query: { document: readsDocument, similarDocuments: readsDocument },
    Mutation: {
      addDocument: and(isLoggedIn, addsDocuments),
      refreshDocument: and(readsDocument, ownsDocument),
      removeDocument: and(readsDocument, ownsDocument),
    },
    Document: withParent(
      ...['id', 'title', 'status', 'chunkCount', 'embeddedCount', 'error', 'source', 'url', 'fetchedAt', 'createdAt'],
    ),
    SimilarDocument: withParent('score', 'document'),
  },
  references: { Document: readsDocument },
};
