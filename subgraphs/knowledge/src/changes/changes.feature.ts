/** The announcements of changed pages and terms, for features that index them. */
import type { KnowledgeFeature } from '../feature';
import { SourceChanges } from './source-changes';

export const changesFeature: KnowledgeFeature<{ services: { changes: SourceChanges } }> = {
  name: 'changes',
  services: () => ({ changes: new SourceChanges() }),
};
