/** Full-text search over the messages that the viewer may read, and the job that reindexes earlier messages. */
// cspell:words reindexing
import type { MessagingFeature } from '../../feature';
import type { TextReader } from '../formatting/text.reader';
import { REINDEX, ReindexService } from './reindex.service';
import { searchPolicy } from './search.policy';
import { SearchResolver } from './search.resolver';

export const searchFeature: MessagingFeature<{
  needs: { texts: TextReader };
  services: { reindexing: ReindexService };
}> = {
  name: 'search',
  resolvers: [SearchResolver],
  policy: searchPolicy,
  replicaReads: ['searchMessages'],
  services: ({ fork, jobs, log, services: { texts } }) => ({
    reindexing: new ReindexService(jobs, texts, fork, log),
  }),
  jobs: ({ services }) => ({
    tasks: { [REINDEX]: services.reindexing.reindex },
    cron: [`17 * * * * ${REINDEX}`],
  }),
  start: ({ services }) => services.reindexing.start(),
};
