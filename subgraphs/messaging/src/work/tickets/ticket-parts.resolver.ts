/** What belongs to tickets, and the tickets of what they belong to. */
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
  @FieldResolver(() => User, { nullable: true, description: 'Who wrote it; null where the account no longer exists.' })
  author(@Root() { authorId }: TicketCommentEntity): User {
    return { id: authorId };
  }
}

@Resolver(() => TicketChange)
export class TicketChangeResolver {
  @FieldResolver(() => User, {
    nullable: true,
    description: 'Who changed it; null where the account no longer exists.',
  })
  actor(@Root() { actorId }: TicketChangeEntity): User {
    return { id: actorId };
  }
}

@Resolver(() => Project)
export class ProjectTicketsResolver {
  @FieldResolver(() => TicketConnection, { description: 'Its tickets, by number. Arguments narrow it down together.' })
  tickets(
    @Root() { id }: ProjectEntity,
    @Ctx() { em }: MessagingContext,
    @Arg('statuses', () => [TicketStatus], { nullable: true, description: 'Only tickets that are in one of these.' })
    statuses?: TicketStatus[] | null,
    @Arg('assigneeId', () => ID, { nullable: true, description: 'Only tickets of this account.' })
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
    description: `The tickets that the message refers to (OPS-42), in its order, those that the viewer may see; of at most ${MAX_REFERENCES} references.`,
  })
  async tickets(@Root() message: MessageEntity, @Ctx() { loaders }: MessagingContext): Promise<TicketEntity[]> {
    const { ticketReferences } = await loaders.text.load(message);
    const references = ticketReferences.flatMap((text) => parseReference(text) ?? []);
    const found = await Promise.all(references.map((reference) => loaders.ticket.accessReference(reference)));
    return found.flatMap((access) => access?.ticket ?? []);
  }
}
