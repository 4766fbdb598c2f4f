/** Access to answers: accounts only. Answers come only from sources that the viewer may read. */
import { isLoggedIn, rule, withParent, type Policy } from '@chat/kit/graphql/policy';
import type { KnowledgeContext } from '../context';

/** Each answer is the viewer's own. */
const isAsked = rule<KnowledgeContext>('asks', ({ viewer }) => viewer !== null);

export const answerPolicy: Policy = {
  fields: {
    Query: { ask: isLoggedIn },
    Subscription: { askLive: isLoggedIn },
    Citation: withParent('number', 'quote', 'source'),
    Answer: withParent('answer', 'provider', 'citations'),
    AnswerPart: { delta: isAsked, done: isAsked, citations: isAsked },
  },
  references: {},
};
