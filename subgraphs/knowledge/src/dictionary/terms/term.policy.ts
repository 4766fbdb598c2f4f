/** Access to terms. Each logged-in account reads them; guests change none. */
import { forbidden, notFound } from '@chat/kit/errors';
import { isLoggedIn, rule, withParent, type Policy } from '@chat/kit/graphql/policy';
import type { KnowledgeContext } from '../../context';
import { canWrite } from '../../wiki/pages/page.access';
import type { TermRow } from './term.store';

interface TermArguments {
  id?: string;
  input?: { id?: string };
}

type Check = (context: KnowledgeContext, term: TermRow) => true | string;

/** A rule about one term: NOT_FOUND comes first, then `check`. */
const termRule = (name: string, check: Check) =>
  rule<KnowledgeContext, TermArguments>(name, async (context, { id, input }) => {
    if (!context.viewer) return false;
    const term = await context.loaders.term.termById(id ?? input?.id ?? '');
    if (!term) return notFound('Term');
    const verdict = check(context, term);
    return verdict === true || forbidden(verdict);
  });

const writesTerms = rule<KnowledgeContext>('is no guest and may create terms', ({ viewer }) => canWrite(viewer));
const changesTerm = termRule(
  'is no guest and may change the term',
  ({ viewer }) => canWrite(viewer) || 'Guests change no terms.',
);
const moderates = ({ viewer }: KnowledgeContext) => canWrite(viewer) && viewer!.permissions.includes('DELETE');
const deletesTerm = termRule(
  'created the term or moderates',
  (context, { createdBy }) =>
    (canWrite(context.viewer) && context.viewer!.id === createdBy) ||
    moderates(context) ||
    'Only its creator and moderators delete a term.',
);
const decidesOnTerm = termRule(
  'moderates terms',
  (context) => moderates(context) || 'Only moderators decide on the state of a term.',
);

export const termPolicy: Policy = {
  fields: {
    Query: { lookupTerm: isLoggedIn, completeTerm: isLoggedIn },
    Mutation: {
      createTerm: writesTerms,
      updateTerm: changesTerm,
      relateTerms: changesTerm,
      setTermStatus: decidesOnTerm,
      deleteTerm: deletesTerm,
    },
    Term: withParent(
      ...['id', 'term', 'locale', 'definition', 'synonyms', 'abbreviations', 'usageNote', 'status'],
      ...['replacement', 'translations', 'related', 'createdBy', 'createdAt', 'updatedAt'],
    ),
  },
  references: { Term: isLoggedIn },
};
