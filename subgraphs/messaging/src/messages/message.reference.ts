/** Resolves references to messages from other subgraphs, after the policy has allowed them. */
import type { MessagingContext } from '../context';

export const messageReference = async ({ id }: { id: string }, { loaders }: MessagingContext) =>
  (await loaders.message.accessMessage(id))?.message ?? null;
