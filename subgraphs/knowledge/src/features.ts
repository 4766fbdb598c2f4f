/** All features of the knowledge subgraph. A feature comes after the features that it depends on. */
import { defineFeatures } from '@chat/kit/graphql/feature';
import { answerFeature } from './answers/answer.feature';
import { changesFeature } from './changes/changes.feature';
import { glossaryFeature } from './dictionary/glossary/glossary.feature';
import { occurrenceFeature } from './dictionary/occurrences/occurrence.feature';
import { termFeature } from './dictionary/terms/term.feature';
import { documentFeature } from './retrieval/documents/document.feature';
import { indexingFeature } from './retrieval/indexing/indexing.feature';
import { messageFeature } from './retrieval/messages/message.feature';
import { termIndexingFeature } from './retrieval/terms/term-indexing.feature';
import { searchFeature } from './retrieval/search/search.feature';
import { userFeature } from './users/user.feature';
import { categoryFeature } from './wiki/categories/category.feature';
import { draftFeature } from './wiki/drafts/draft.feature';
import { pageFeature } from './wiki/pages/page.feature';
import { wikiSearchFeature } from './wiki/search/wiki-search.feature';

export const features = defineFeatures(
  userFeature,
  changesFeature,
  categoryFeature,
  pageFeature,
  draftFeature,
  wikiSearchFeature,
  termFeature,
  glossaryFeature,
  occurrenceFeature,
  indexingFeature,
  messageFeature,
  termIndexingFeature,
  searchFeature,
  documentFeature,
  answerFeature,
);
