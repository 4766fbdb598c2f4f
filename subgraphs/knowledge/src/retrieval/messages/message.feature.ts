/** Messages of channels that opted in: everything that keeps them in the search. */
import type { KnowledgeFeature } from '../../feature';
import type { SourceIndexer } from '../indexing/source.indexer';
import { FOLLOW_CHANNELS, INDEX_MESSAGE, INDEX_MESSAGES, MessageIndexing } from './message.indexing';
import { Messaging } from './messaging';

export const messageFeature: KnowledgeFeature<{
  services: { messaging: Messaging; messageIndexing: MessageIndexing };
  needs: { indexer: SourceIndexer };
}> = {
  name: 'messages',
  services({ fork, jobs, services: { indexer } }) {
    const messaging = new Messaging(fork);
    return { messaging, messageIndexing: new MessageIndexing(fork, jobs, messaging, indexer) };
  },
  jobs: ({ services: { messageIndexing } }) => ({
    tasks: {
      [FOLLOW_CHANNELS]: messageIndexing.followChannels,
      [INDEX_MESSAGE]: messageIndexing.indexMessage,
      [INDEX_MESSAGES]: messageIndexing.indexMessages,
    },
    // Messaging may get its tables later than this subgraph.
    cron: [`* * * * * ${FOLLOW_CHANNELS}`, `7 * * * * ${INDEX_MESSAGES} ?queue=${INDEX_MESSAGES}`],
  }),
  start: ({ fork, jobs }) => jobs.enqueue(fork(), FOLLOW_CHANNELS, {}, { key: FOLLOW_CHANNELS }),
};
