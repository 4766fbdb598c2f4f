/** Resolves references to tickets from other subgraphs. The policy runs before. */
import type { MessagingContext } from '../../context';

export const ticketReference = async ({ id }: { id: string }, { loaders }: MessagingContext) =>
  (await loaders.ticket.accessTicket(id))?.ticket ?? null;
