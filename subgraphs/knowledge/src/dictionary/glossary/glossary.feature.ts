/** Import and export of glossaries. */
import type { SourceChanges } from '../../changes/source-changes';
import type { KnowledgeFeature } from '../../feature';
import type { TermLoader } from '../terms/term.loader';
import { glossaryPolicy } from './glossary.policy';
import { GlossaryResolver } from './glossary.resolver';
import { GlossaryService } from './glossary.service';

export const glossaryFeature: KnowledgeFeature<{
  services: { glossaries: GlossaryService };
  needs: { changes: SourceChanges };
  needsLoaders: { term: TermLoader };
}> = {
  name: 'glossaries',
  resolvers: [GlossaryResolver],
  policy: glossaryPolicy,
  services: ({ services: { changes } }) => ({ glossaries: new GlossaryService(changes) }),
};
