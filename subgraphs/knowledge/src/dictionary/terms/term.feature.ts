/** Terms of the dictionary. */
import type { SourceChanges } from '../../changes/source-changes';
import type { KnowledgeContext } from '../../context';
import type { KnowledgeFeature } from '../../feature';
import { TermLoader } from './term.loader';
import { REPLACE_TERM_KEYS, TermRekeying } from './term.rekeying';
import { termPolicy } from './term.policy';
import { TermResolver } from './term.resolver';
import { TermService } from './term.service';

export const termFeature: KnowledgeFeature<{
  services: { terms: TermService; termRekeying: TermRekeying };
  loaders: { term: TermLoader };
  needs: { changes: SourceChanges };
}> = {
  name: 'terms',
  resolvers: [TermResolver],
  references: { Term: ({ id }: { id: string }, { loaders }: KnowledgeContext) => loaders.term.termById(id) },
  policy: termPolicy,
  services: ({ fork, jobs, log, services: { changes } }) => ({
    terms: new TermService(changes),
    termRekeying: new TermRekeying(jobs, fork, log),
  }),
  jobs: ({ services }) => ({
    tasks: { [REPLACE_TERM_KEYS]: services.termRekeying.replace },
    cron: [`41 * * * * ${REPLACE_TERM_KEYS}`],
  }),
  start: ({ services }) => services.termRekeying.start(),
  loaders: ({ em }) => ({ term: new TermLoader(em) }),
};
