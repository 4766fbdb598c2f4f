/** The terms that occur in messages and pages. */
import { isLoggedIn, withParent } from '@chat/kit/graphql/policy';
import type { KnowledgeFeature } from '../../feature';
import type { TermLoader } from '../terms/term.loader';
import { Message } from './message.type';
import { MessageTermsResolver, PageTermsResolver } from './occurrence.resolver';
import { TermFinder } from './term-finder';

export const occurrenceFeature: KnowledgeFeature<{
  services: { termFinder: TermFinder };
  needsLoaders: { term: TermLoader };
}> = {
  name: 'term-occurrences',
  resolvers: [MessageTermsResolver, PageTermsResolver],
  types: [Message],
  references: { Message: (message: { id: string; body?: string }) => message },
  policy: {
    fields: { Message: withParent('id', 'body', 'terms'), WikiPage: withParent('terms') },
    references: { Message: isLoggedIn },
  },
  services: ({ disposal, fork, log }) => ({ termFinder: disposal.use(new TermFinder(fork, log)) }),
};
