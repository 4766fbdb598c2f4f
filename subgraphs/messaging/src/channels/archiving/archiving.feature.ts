/** Archiving and deleting channels. */
import type { MessagingFeature } from '../../feature';
import type { AccessNews } from '../access-news';
import { archivingPolicy } from './archiving.policy';
import { ArchivingResolver } from './archiving.resolver';
import { ArchivingService } from './archiving.service';
import { DeletedChannels, REMOVE_CHANNEL } from './deleted-channels';

export const archivingFeature: MessagingFeature<{
  needs: { accessNews: AccessNews };
  services: { archiving: ArchivingService; deletedChannels: DeletedChannels };
}> = {
  name: 'archiving',
  resolvers: [ArchivingResolver],
  policy: archivingPolicy,
  services({ eventLog, fork, jobs, services: { accessNews } }) {
    const deletedChannels = new DeletedChannels(jobs, fork);
    return { deletedChannels, archiving: new ArchivingService(eventLog, accessNews, deletedChannels) };
  },
  jobs: ({ services }) => ({ tasks: { [REMOVE_CHANNEL]: services.deletedChannels.removeMessages } }),
  removeExpired: ({ services }) => services.deletedChannels.resume(),
};
