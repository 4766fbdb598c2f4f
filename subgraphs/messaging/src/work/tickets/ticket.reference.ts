/** Other subgraphs refer to a ticket by id. Its policy has been asked before. */
import type { MessagingContext } from '../../context';

export const ticketReference = async ({ id }: { id: string }, { loaders }: MessagingContext) =>
  (await loaders.ticket.accessTicket(id))?.ticket ?? null;
