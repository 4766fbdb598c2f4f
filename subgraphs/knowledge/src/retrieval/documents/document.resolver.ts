/** Documents in the graph. Holds no SQL and no permission logic. */
import { viewerOf } from '@chat/kit/graphql/context';
import { slicedBy } from '@chat/kit/graphql/list-sizes';
import { Arg, Ctx, Directive, ID, Int, Mutation, Query, Resolver } from 'type-graphql';
import type { KnowledgeContext } from '../../context';
import { limitOf } from '../limits';
import { AddDocumentInput } from './document.input';
import { Document, SimilarDocument } from './document.type';

const THE_DOCUMENT = { description: 'The document.' };

@Resolver(() => Document)
export class DocumentResolver {
  @Query(() => Document, { description: 'One document.' })
  document(@Ctx() { loaders }: KnowledgeContext, @Arg('id', () => ID, THE_DOCUMENT) id: string) {
    return loaders.document.accessDocument(id);
  }

  @Mutation(() => Document, {
    description:
      'Adds a document to the search and to answers. Its owner is the viewer. A job reads and indexes it; it is PENDING until then. The answer waits a second for short texts.',
  })
  async addDocument(
    @Ctx() context: KnowledgeContext,
    @Arg('input', () => AddDocumentInput, { description: 'The document.' }) input: AddDocumentInput,
  ) {
    const id = await context.services.documents.addDocument(context.em, viewerOf(context), input);
    return context.loaders.document.accessDocument(id);
  }

  @Mutation(() => Document, {
    description: `Reads a document from its URL again. A job does so within minutes; \`fetchedAt\` tells when, and \`error\` a failure. For its
owner and moderators. BAD_USER_INPUT if it has no URL, FORBIDDEN unless the operator allows requests to other servers.`,
  })
  async refreshDocument(
    @Ctx() { em, loaders, services }: KnowledgeContext,
    @Arg('id', () => ID, THE_DOCUMENT) id: string,
  ) {
    await services.documents.refreshDocument(em, id);
    return loaders.document.accessDocument(id);
  }

  @Mutation(() => Boolean, { description: 'Removes a document, also from the search. For its owner and moderators.' })
  async removeDocument(
    @Ctx() { em, loaders, services }: KnowledgeContext,
    @Arg('id', () => ID, THE_DOCUMENT) id: string,
  ) {
    await services.documents.removeDocument(em, id);
    loaders.document.clear(id);
    return true;
  }

  @Directive(slicedBy('limit'))
  @Query(() => [SimilarDocument], { description: 'Documents that resemble one, the most similar first.' })
  async similarDocuments(
    @Ctx() context: KnowledgeContext,
    @Arg('id', () => ID, THE_DOCUMENT) id: string,
    @Arg('limit', () => Int, { nullable: true, description: 'How many, from 1 to 50; 10 by default.' })
    limit?: number | null,
  ) {
    const { em, loaders, services } = context;
    const document = (await loaders.document.accessDocument(id))!;
    const found = await services.documents.similarDocuments(em, viewerOf(context), document, limitOf(limit));
    const documents = await Promise.all(found.map((similar) => loaders.document.accessDocument(similar.id)));
    return found.flatMap(({ score }, i) => (documents[i] ? [{ score, document: documents[i] }] : []));
  }
}
