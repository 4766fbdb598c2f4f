/** Other subgraphs refer to a message by id. Its policy has been asked before. */
import type { MessagingContext } from '../context';

export const messageReference = async ({ id }: { id: string }, { loaders }: MessagingContext) =>
  (await loaders.message.accessMessage(id))?.message ?? null;
