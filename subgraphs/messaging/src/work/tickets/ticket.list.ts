/** Pages of tickets, comments and changes, in both directions. One indexed statement per page. */
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput } from '@chat/kit/errors';
import {
  foreignCursor,
  pageRequest,
  toConnection,
  type Connection,
  type PageArguments,
} from '@chat/kit/graphql/connection';
import { textProblem } from '@chat/kit/graphql/text';
import { isId } from '@chat/kit/ids';
import { TicketChangeEntity } from './ticket-change.entity';
import { TicketCommentEntity } from './ticket-comment.entity';
import { TicketEntity, type TicketStatus } from './ticket.entity';
import { LABEL } from './ticket.input';

export interface TicketFilter {
  statuses?: TicketStatus[] | null;
  assigneeId?: string | null;
  label?: string | null;
}

/** The tickets of a project that match the filter, sorted by number. */
export async function listTickets(
  em: EntityManager,
  projectId: string,
  { statuses, assigneeId, label }: TicketFilter,
  page: PageArguments,
): Promise<Connection<TicketEntity>> {
  const list = `tickets:${projectId}`;
  const request = pageRequest(list, page);
  const [number] = request.from ?? [];
  if (request.from && typeof number !== 'number') throw foreignCursor(request);
  const problem = label == null ? undefined : textProblem(label, LABEL);
  if (problem) throw badUserInput({ label: `label ${problem}.` });
  if (assigneeId != null && !isId(assigneeId)) return toConnection(list, request, [], () => []);
  const tickets = await em.find(
    TicketEntity,
    {
      projectId,
      ...(statuses?.length && { status: { $in: [...new Set(statuses)] } }),
      ...(assigneeId != null && { assigneeId }),
      ...(label != null && { labels: { $contains: [label] } }),
      ...(number !== undefined && { number: { [request.isBackward ? '$lt' : '$gt']: number } }),
    },
    { orderBy: { number: request.isBackward ? 'desc' : 'asc' }, limit: request.limit },
  );
  return toConnection(list, request, tickets, (ticket) => [ticket.number]);
}

/** The comments on a ticket. */
export const listComments = (em: EntityManager, ticketId: string, page: PageArguments) =>
  listOf(em, TicketCommentEntity, `comments:${ticketId}`, ticketId, page);

/** The changes of a ticket. */
export const listChanges = (em: EntityManager, ticketId: string, page: PageArguments) =>
  listOf(em, TicketChangeEntity, `changes:${ticketId}`, ticketId, page);

/** Sorted by id, which is the order of creation. */
async function listOf<Part extends TicketCommentEntity | TicketChangeEntity>(
  em: EntityManager,
  entity: new () => Part,
  list: string,
  ticketId: string,
  page: PageArguments,
): Promise<Connection<Part>> {
  const request = pageRequest(list, page);
  const [id] = request.from ?? [];
  if (request.from && !isId(id)) throw foreignCursor(request);
  const parts = await em.find(
    entity as new () => TicketCommentEntity | TicketChangeEntity,
    { ticketId, ...(id !== undefined && { id: { [request.isBackward ? '$lt' : '$gt']: id } }) },
    { orderBy: { id: request.isBackward ? 'desc' : 'asc' }, limit: request.limit },
  );
  return toConnection(list, request, parts as Part[], (part) => [part.id]);
}
