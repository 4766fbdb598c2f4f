/** Opens, changes and comments on tickets. Permissions are in ticket.policy.ts; this file holds the other rules. */
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput, forbidden, notFound } from '@chat/kit/errors';
import type { EventLog } from '@chat/kit/events/event-log';
import { textProblem } from '@chat/kit/graphql/text';
import { newId } from '@chat/kit/ids';
import { LockMode } from '@mikro-orm/core';
import { knownAccounts } from '../../channels/known-accounts';
import { canChangeTicket } from '../projects/project.rules';
import { TicketChangeEntity } from './ticket-change.entity';
import { TicketCommentEntity } from './ticket-comment.entity';
import { changesOf, sortedLabels } from './ticket.changes';
import { TicketEntity, TicketPriority, TicketStatus } from './ticket.entity';
import { projectStream } from './ticket.events';
import { COMMENT_MAX, type CreateTicketInput, type UpdateTicketInput } from './ticket.input';

export const ticketEntities = [TicketEntity, TicketCommentEntity, TicketChangeEntity];

/** The reason for refusing a change of a ticket. */
export const ONLY_THEIRS = 'Only members of the project, the author and the assignee may change a ticket.';

export class TicketService {
  constructor(private readonly eventLog: EventLog) {}

  /**
   * Numbers have no gaps: the project's row, which counts them, stays locked until commit.
   * @throws BAD_USER_INPUT if the assignee does not exist
   */
  async createTicket(em: EntityManager, authorId: string, input: CreateTicketInput): Promise<TicketEntity> {
    await this.checkAssignee(em, input.assigneeId);
    return this.eventLog.transaction(em, async (tx, append) => {
      const [project] = await tx.execute<{ id: string; last_number: number }[]>(
        'update messaging.projects set last_number = last_number + 1 where id = ? returning id, last_number',
        [input.projectId],
      );
      if (!project) throw notFound('Project');
      const createdAt = new Date();
      const ticket = tx.create(TicketEntity, {
        id: newId(),
        projectId: project.id,
        number: project.last_number,
        title: input.title.trim(),
        description: input.description?.trim() || null,
        status: TicketStatus.OPEN,
        priority: input.priority ?? TicketPriority.NORMAL,
        labels: sortedLabels(input.labels ?? []),
        authorId,
        assigneeId: input.assigneeId?.toLowerCase() ?? null,
        sourceMessageId: input.sourceMessageId?.toLowerCase() ?? null,
        eventSeq: 0,
        createdAt,
        updatedAt: createdAt,
      });
      ticket.eventSeq = await append(projectStream.of(project.id), 'TicketCreated', { ticketId: ticket.id });
      await tx.persist(ticket).flush();
      return ticket;
    });
  }

  /**
   * No effect if all values are unchanged.
   * @param isGranted whether a grant allows the change, whatever the viewer's role in the project
   * @throws NOT_FOUND if the ticket no longer exists; FORBIDDEN if the viewer may no longer change it; BAD_USER_INPUT
   */
  async updateTicket(
    em: EntityManager,
    viewer: Viewer,
    isGranted: boolean,
    input: UpdateTicketInput,
  ): Promise<TicketEntity> {
    const { id: actorId } = viewer;
    await this.checkAssignee(em, input.assigneeId);
    return this.eventLog.transaction(em, async (tx, append) => {
      const memberIds = await lockMembers(tx, input.id);
      const ticket = await this.lock(tx, input.id);
      if (!isGranted && !canChangeTicket(viewer, ticket, memberIds)) throw forbidden(ONLY_THEIRS);
      const changes = changesOf(ticket, input);
      if (changes.length === 0) return ticket;
      const createdAt = new Date();
      for (const { value, ...change } of changes) {
        Object.assign(ticket, value);
        tx.persist(tx.create(TicketChangeEntity, { id: newId(), ticketId: ticket.id, actorId, createdAt, ...change }));
      }
      ticket.updatedAt = createdAt;
      ticket.eventSeq = await append(projectStream.of(ticket.projectId), 'TicketUpdated', {
        ticketId: ticket.id,
        fields: changes.map((change) => change.field),
      });
      await tx.flush();
      return ticket;
    });
  }

  /** @throws BAD_USER_INPUT if the body is empty or too long */
  async commentOnTicket(
    em: EntityManager,
    authorId: string,
    ticketId: string,
    body: string,
  ): Promise<TicketCommentEntity> {
    const problem = textProblem(body, { max: COMMENT_MAX, multiline: true });
    if (problem) throw badUserInput({ body: `body ${problem}.` });
    return this.eventLog.transaction(em, async (tx, append) => {
      const ticket = await this.lock(tx, ticketId);
      const createdAt = new Date();
      const comment = tx.create(TicketCommentEntity, { id: newId(), ticketId: ticket.id, authorId, body, createdAt });
      tx.persist(comment);
      ticket.updatedAt = createdAt;
      ticket.eventSeq = await append(projectStream.of(ticket.projectId), 'TicketCommented', {
        ticketId: ticket.id,
        commentId: comment.id,
      });
      await tx.flush();
      return comment;
    });
  }

  /** @throws BAD_USER_INPUT if there is no such account */
  async checkAssignee(em: EntityManager, assigneeId: string | null | undefined): Promise<void> {
    if (assigneeId != null) await knownAccounts(em, 'assigneeId', [assigneeId]);
  }

  /** Locks the ticket until commit and returns its present state. */
  private async lock(tx: EntityManager, id: string): Promise<TicketEntity> {
    const ticket = await tx.findOne(TicketEntity, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true });
    if (!ticket) throw notFound('Ticket');
    return ticket;
  }
}

/** The members of a ticket's project, locked until commit. The project is locked before its tickets. */
async function lockMembers(tx: EntityManager, ticketId: string): Promise<string[]> {
  await tx.execute(
    'select 1 from messaging.projects where id = (select project_id from messaging.tickets where id = ?) for share',
    [ticketId],
  );
  const rows = await tx.execute<{ user_id: string }[]>(
    `select m.user_id from messaging.project_members m join messaging.tickets t using (project_id) where t.id = ?`,
    [ticketId],
  );
  return rows.map((row) => row.user_id);
}
