/** Results of a search in the graph. */
import { createUnionType, Field, Float, ObjectType, registerEnumType } from 'type-graphql';
import { Document } from '../documents/document.type';
import { WikiPage } from '../../wiki/pages/page.type';
import { Message } from '../../dictionary/occurrences/message.type';
import { Term } from '../../dictionary/terms/term.type';

export enum KnowledgeSource {
  DOCUMENT = 'DOCUMENT',
  WIKI = 'WIKI',
  DICTIONARY = 'DICTIONARY',
  MESSAGE = 'MESSAGE',
  FILE = 'FILE',
}

registerEnumType(KnowledgeSource, {
  name: 'KnowledgeSource',
  description: 'A kind of source that the search covers.',
  valuesConfig: {
    DOCUMENT: { description: 'Documents.' },
    WIKI: { description: 'Pages of the wiki.' },
    DICTIONARY: { description: 'Terms of the dictionary.' },
    MESSAGE: { description: 'Messages of channels that opted in.' },
    FILE: { description: 'Documents that were read from uploaded files.' },
  },
});

export const KnowledgeEntity = createUnionType({
  name: 'KnowledgeEntity',
  description: 'An object whose text the search covers.',
  types: () => [Document, WikiPage, Term, Message] as const,
  resolveType: (source: object) => (source as { __typename: string }).__typename,
});

@ObjectType({ description: 'A passage that matches a search.' })
export class SearchResult {
  @Field(() => Float, { description: 'The relevance, from 0 to 1. Comparable within one search only.' })
  score!: number;

  @Field({ description: 'The passage.' })
  text!: string;

  @Field(() => KnowledgeEntity, { nullable: true, description: 'Its source; null if it was removed meanwhile.' })
  source!: Document | WikiPage | Term | Message | null;
}
