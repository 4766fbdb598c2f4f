/** Rules for tickets. A ticket that the viewer may not see is NOT_FOUND. */
import { forbidden, notFound } from '@chat/kit/errors';
import { and, rule, withParent, type Policy, allow } from '@chat/kit/graphql/policy';
import type { MessagingContext } from '../../context';
import { inProject, isGrantedOn, readsProjects, seesProject } from '../projects/project.policy';
import type { ProjectEntity } from '../projects/project.entity';
import { canChangeTicket, canWrite } from '../projects/project.rules';
import type { TicketAccess } from './ticket.loader';
import { ONLY_THEIRS } from './ticket.service';

/** The arguments that hold a ticket's id. */
type TicketArguments = { id?: string; ticketId?: string; input?: { id?: string } };

type Check = (context: MessagingContext, access: TicketAccess) => true | string | Promise<true | string>;

/** A rule about the ticket in the arguments or the reference. NOT_FOUND comes first; `check` returns true or the reason for a refusal. */
const onTicket = (name: string, check: Check) =>
  rule<MessagingContext, TicketArguments, { id?: string } | undefined>(
    name,
    async (context, { id, ticketId, input }, parent) => {
      const access = await context.loaders.ticket.accessTicket(ticketId ?? id ?? input?.id ?? parent?.id ?? '');
      if (!access) return notFound('Ticket');
      const verdict = await check(context, access);
      return verdict === true || forbidden(verdict);
    },
  );

const READ_ONLY = 'You may only read tickets.';

const seesTicket = onTicket('sees the ticket', () => true);

const mayWriteIn = async (context: MessagingContext, project: ProjectEntity) =>
  canWrite(context.viewer) || (await isGrantedOn(context, 'WRITE', project)) || READ_ONLY;

const opensTickets = inProject('opens tickets in the project', mayWriteIn);

const commentsOnTicket = onTicket('comments on the ticket', (context, { project }) => mayWriteIn(context, project));

const changesTicket = onTicket('works on the project or the ticket', async (context, { ticket, project }) => {
  const { viewer, loaders } = context;
  if (await isGrantedOn(context, 'WRITE', project)) return true;
  const members = await loaders.project.membersOf(ticket.projectId);
  return (
    canChangeTicket(
      viewer,
      ticket,
      members.map((member) => member.userId),
    ) || ONLY_THEIRS
  );
});

/** A ticket must not reveal messages that its author cannot see. */
const seesSourceMessage = rule<MessagingContext, { input: { sourceMessageId?: string | null } }>(
  'sees the source message of the ticket',
  async ({ loaders }, { input }) =>
    input.sourceMessageId == null ||
    (await loaders.message.accessMessage(input.sourceMessageId)) !== null ||
    notFound('Message'),
);

export const ticketPolicy: Policy = {
  fields: {
    Query: { ticket: seesTicket, ticketByReference: readsProjects },
    Mutation: {
      createTicket: and(opensTickets, seesSourceMessage),
      updateTicket: changesTicket,
      commentOnTicket: commentsOnTicket,
    },
    Subscription: { ticketChanged: seesProject },
    Project: withParent('tickets'),
    Message: { tickets: allow },
    Ticket: withParent(
      'id',
      'cursor',
      'project',
      'number',
      'reference',
      'title',
      'description',
      'status',
      'priority',
      'labels',
      'author',
      'assignee',
      'sourceMessage',
      'comments',
      'history',
      'createdAt',
      'updatedAt',
    ),
    TicketComment: withParent('id', 'body', 'author', 'createdAt'),
    TicketChange: withParent('id', 'field', 'before', 'after', 'actor', 'createdAt'),
  },
  references: { Ticket: seesTicket },
};
