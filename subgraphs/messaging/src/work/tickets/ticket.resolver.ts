/** Resolvers of tickets. */
import { textArgument } from '@chat/kit/graphql/text';
import { notFound } from '@chat/kit/errors';
import { pageArgumentDescriptions as page } from '@chat/kit/graphql/connection';
import { viewerOf } from '@chat/kit/graphql/context';
import { VIEWER_DEPENDENT } from '@chat/kit/graphql/live-directives';
import { Arg, Ctx, Directive, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { MessagingContext } from '../../context';
import { Message } from '../../messages/message.type';
import type { ProjectEntity } from '../projects/project.entity';
import { isGrantedOn } from '../projects/project.policy';
import { Project } from '../projects/project.type';
import { User } from '../../users/user.type';
import { formatReference, parseReference } from '../../messages/formatting/reference-text';
import type { TicketCommentEntity } from './ticket-comment.entity';
import type { TicketEntity } from './ticket.entity';
import { projectStream } from './ticket.events';
import { COMMENT_MAX, CreateTicketInput, UpdateTicketInput } from './ticket.input';
import { listChanges, listComments } from './ticket.list';
import { Ticket, TicketChangeConnection, TicketComment, TicketCommentConnection } from './ticket.type';

@Resolver(() => Ticket)
export class TicketResolver {
  @Query(() => Ticket, {
    description: 'A ticket. NOT_FOUND if it does not exist, and for guests without a grant on its project.',
  })
  async ticket(
    @Arg('id', () => ID, { description: 'The ticket.' }) id: string,
    @Ctx() { loaders }: MessagingContext,
  ): Promise<TicketEntity> {
    const access = await loaders.ticket.accessTicket(id);
    if (!access) throw notFound('Ticket');
    return access.ticket;
  }

  @Query(() => Ticket, { nullable: true, description: 'The ticket with this reference; null if there is none.' })
  async ticketByReference(
    @Arg('reference', () => String, {
      validateFn: textArgument('reference', { min: 0, max: 1000 }),
      description: 'The reference, such as OPS-42; ignores case.',
    })
    text: string,
    @Ctx() { loaders }: MessagingContext,
  ): Promise<TicketEntity | null> {
    const reference = parseReference(text);
    return (reference && (await loaders.ticket.accessReference(reference))?.ticket) ?? null;
  }

  @FieldResolver(() => String, {
    description: "Event cursor of the ticket's latest event: pass it as `after` of ticketChanged. Not a list cursor.",
  })
  cursor(@Root() { projectId, eventSeq }: TicketEntity, @Ctx() { feed }: MessagingContext): Promise<string> {
    return feed.cursor(projectStream.of(projectId), eventSeq);
  }

  @FieldResolver(() => Project, { description: 'The project.' })
  project(@Root() ticket: TicketEntity, @Ctx() { loaders }: MessagingContext): Promise<ProjectEntity> {
    return loaders.project.projectOf(ticket);
  }

  @FieldResolver(() => String, { description: 'The reference, such as OPS-42.' })
  async reference(@Root() ticket: TicketEntity, @Ctx() { loaders }: MessagingContext): Promise<string> {
    const { key } = await loaders.project.projectOf(ticket);
    return formatReference({ key, number: ticket.number });
  }

  @FieldResolver(() => User, { nullable: true, description: 'The author; null if the account no longer exists.' })
  author(@Root() { authorId }: TicketEntity): User {
    return { id: authorId };
  }

  @FieldResolver(() => User, { nullable: true, description: 'The assignee; null if there is none.' })
  assignee(@Root() { assigneeId }: TicketEntity): User | null {
    return assigneeId === null ? null : { id: assigneeId };
  }

  @Directive(VIEWER_DEPENDENT)
  @FieldResolver(() => Message, {
    nullable: true,
    description: 'The source message; null if there is none or the viewer may not see it.',
  })
  async sourceMessage(@Root() { sourceMessageId }: TicketEntity, @Ctx() { loaders }: MessagingContext) {
    return sourceMessageId === null ? null : ((await loaders.message.accessMessage(sourceMessageId))?.message ?? null);
  }

  @FieldResolver(() => TicketCommentConnection, { description: 'The comments, oldest first.' })
  comments(
    @Root() { id }: TicketEntity,
    @Ctx() { em }: MessagingContext,
    @Arg('first', () => Int, { nullable: true, description: page.first }) first?: number | null,
    @Arg('after', () => String, { nullable: true, description: page.after }) after?: string | null,
    @Arg('last', () => Int, { nullable: true, description: page.last }) last?: number | null,
    @Arg('before', () => String, { nullable: true, description: page.before }) before?: string | null,
  ) {
    return listComments(em, id, { first, after, last, before });
  }

  @FieldResolver(() => TicketChangeConnection, { description: 'The changes, oldest first.' })
  history(
    @Root() { id }: TicketEntity,
    @Ctx() { em }: MessagingContext,
    @Arg('first', () => Int, { nullable: true, description: page.first }) first?: number | null,
    @Arg('after', () => String, { nullable: true, description: page.after }) after?: string | null,
    @Arg('last', () => Int, { nullable: true, description: page.last }) last?: number | null,
    @Arg('before', () => String, { nullable: true, description: page.before }) before?: string | null,
  ) {
    return listChanges(em, id, { first, after, last, before });
  }

  @Mutation(() => Ticket, { description: 'Opens a ticket, optionally from a message.' })
  createTicket(
    @Arg('input', () => CreateTicketInput, { description: 'The ticket.' }) input: CreateTicketInput,
    @Ctx() context: MessagingContext,
  ): Promise<TicketEntity> {
    return context.services.tickets.createTicket(context.em, viewerOf(context).id, input);
  }

  @Mutation(() => Ticket, {
    description:
      'Changes a ticket and records the changes. Requires a member of its project, its author, its assignee or an administrator.',
  })
  async updateTicket(
    @Arg('input', () => UpdateTicketInput, { description: 'The changes.' }) input: UpdateTicketInput,
    @Ctx() context: MessagingContext,
  ): Promise<TicketEntity> {
    const access = await context.loaders.ticket.accessTicket(input.id);
    if (!access) throw notFound('Ticket');
    const isGranted = await isGrantedOn(context, 'WRITE', access.project);
    const ticket = await context.services.tickets.updateTicket(context.em, viewerOf(context), isGranted, input);
    context.loaders.ticket.clear(ticket.id);
    return ticket;
  }

  @Mutation(() => TicketComment, { description: 'Comments on a ticket.' })
  commentOnTicket(
    @Arg('ticketId', () => ID, { description: 'The ticket.' }) ticketId: string,
    @Arg('body', () => String, {
      validateFn: textArgument('body', { min: 0, max: Infinity, multiline: true }),
      description: `Markdown: 1 to ${COMMENT_MAX} characters.`,
    })
    body: string,
    @Ctx() context: MessagingContext,
  ): Promise<TicketCommentEntity> {
    return context.services.tickets.commentOnTicket(context.em, viewerOf(context).id, ticketId, body);
  }
}
