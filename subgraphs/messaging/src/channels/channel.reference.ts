/** Resolves references to channels from other subgraphs. The policy runs before. */
import type { MessagingContext } from '../context';

export const channelReference = async ({ id }: { id: string }, { loaders }: MessagingContext) =>
  (await loaders.channel.accessChannel(id))?.channel ?? null;
