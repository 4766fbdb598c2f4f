/** Resolvers of comments and changes of tickets, and of the tickets of projects and messages. */
import { textArgument } from '@chat/kit/graphql/text';
import { pageArgumentDescriptions as page } from '@chat/kit/graphql/connection';
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { VIEWER_DEPENDENT } from '@chat/kit/graphql/live-directives';
import { Arg, Ctx, Directive, FieldResolver, ID, Int, Resolver, Root } from 'type-graphql';
import type { MessagingContext } from '../../context';
import type { MessageEntity } from '../../messages/message.entity';
import { Message } from '../../messages/message.type';
import type { ProjectEntity } from '../projects/project.entity';
import { Project } from '../projects/project.type';
import { User } from '../../users/user.type';
import { MAX_REFERENCES, parseReference } from '../../messages/formatting/reference-text';
import type { TicketChangeEntity } from './ticket-change.entity';
import type { TicketCommentEntity } from './ticket-comment.entity';
import { TicketStatus, type TicketEntity } from './ticket.entity';
import { listTickets } from './ticket.list';
import { Ticket, TicketChange, TicketComment, TicketConnection } from './ticket.type';

@Resolver(() => TicketComment)
export class TicketCommentResolver {
  @FieldResolver(() => User, { nullable: true, description: 'The author; null if the account no longer exists.' })
  author(@Root() { authorId }: TicketCommentEntity): User {
    return { id: authorId };
  }
}

@Resolver(() => TicketChange)
export class TicketChangeResolver {
  @FieldResolver(() => User, {
    nullable: true,
    description: 'The account that made the change; null if it no longer exists.',
  })
  actor(@Root() { actorId }: TicketChangeEntity): User {
    return { id: actorId };
  }
}

@Resolver(() => Project)
export class ProjectTicketsResolver {
  @FieldResolver(() => TicketConnection, {
    description: 'The tickets of the project, sorted by number. A ticket must match all arguments.',
  })
  tickets(
    @Root() { id }: ProjectEntity,
    @Ctx() { em }: MessagingContext,
    @Arg('statuses', () => [TicketStatus], { nullable: true, description: 'Only tickets with one of these statuses.' })
    statuses?: TicketStatus[] | null,
    @Arg('assigneeId', () => ID, { nullable: true, description: 'Only tickets assigned to this account.' })
    assigneeId?: string | null,
    @Arg('label', () => String, {
      validateFn: textArgument('label', { min: 0, max: 1000 }),
      nullable: true,
      description: 'Only tickets with this label.',
    })
    label?: string | null,
    @Arg('first', () => Int, { nullable: true, description: page.first }) first?: number | null,
    @Arg('after', () => String, { nullable: true, description: page.after }) after?: string | null,
    @Arg('last', () => Int, { nullable: true, description: page.last }) last?: number | null,
    @Arg('before', () => String, { nullable: true, description: page.before }) before?: string | null,
  ) {
    return listTickets(em, id, { statuses, assigneeId, label }, { first, after, last, before });
  }
}

@Resolver(() => Message)
export class MessageTicketsResolver {
  @Directive(VIEWER_DEPENDENT)
  @Directive(assumedSize(5))
  @FieldResolver(() => [Ticket], {
    description: `The tickets that the message refers to (such as OPS-42), in order, if the viewer may see them. Only the first ${MAX_REFERENCES} references count.`,
  })
  async tickets(@Root() message: MessageEntity, @Ctx() { loaders }: MessagingContext): Promise<TicketEntity[]> {
    const { ticketReferences } = await loaders.text.load(message);
    const references = ticketReferences.flatMap((text) => parseReference(text) ?? []);
    const found = await Promise.all(references.map((reference) => loaders.ticket.accessReference(reference)));
    return found.flatMap((access) => access?.ticket ?? []);
  }
}
