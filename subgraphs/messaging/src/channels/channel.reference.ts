/** Other subgraphs refer to a channel by id. Its policy has been asked before. */
import type { MessagingContext } from '../context';

export const channelReference = async ({ id }: { id: string }, { loaders }: MessagingContext) =>
  (await loaders.channel.accessChannel(id))?.channel ?? null;
