/** Access to glossaries. Each logged-in account reads all terms; an import decides on their states, so moderators import. */
import { isLoggedIn, rule, withParent, type Policy } from '@chat/kit/graphql/policy';
import type { KnowledgeContext } from '../../context';
import { moderates } from '../../wiki/pages/page.access';

export const glossaryPolicy: Policy = {
  fields: {
    Query: { exportGlossary: isLoggedIn },
    Mutation: {
      importGlossary: rule<KnowledgeContext>('moderates terms and imports glossaries', ({ viewer }) =>
        moderates(viewer),
      ),
    },
    GlossaryImport: withParent('created', 'updated', 'unchanged', 'skippedCount', 'skipped'),
    SkippedTerm: withParent('term', 'reason'),
  },
  references: {},
};
