/** Tickets of projects: changes, comments and their live stream. */
import type { MessagingFeature } from '../../feature';
import type { ProjectLoader } from '../projects/project.loader';
import {
  MessageTicketsResolver,
  ProjectTicketsResolver,
  TicketChangeResolver,
  TicketCommentResolver,
} from './ticket-parts.resolver';
import { TicketSubscriptionResolver } from './ticket-subscription.resolver';
import { projectStream } from './ticket.events';
import { TicketLoader } from './ticket.loader';
import { ticketPolicy } from './ticket.policy';
import { ticketReference } from './ticket.reference';
import { TicketResolver } from './ticket.resolver';
import { ticketEntities, TicketService } from './ticket.service';

export const ticketFeature: MessagingFeature<{
  needsLoaders: { project: ProjectLoader };
  services: { tickets: TicketService };
  loaders: { ticket: TicketLoader };
}> = {
  name: 'tickets',
  entities: ticketEntities,
  resolvers: [
    ProjectTicketsResolver,
    TicketResolver,
    TicketCommentResolver,
    TicketChangeResolver,
    TicketSubscriptionResolver,
    MessageTicketsResolver,
  ],
  references: { Ticket: ticketReference },
  policy: ticketPolicy,
  streams: [projectStream],
  services: ({ eventLog }) => ({ tickets: new TicketService(eventLog) }),
  loaders: ({ em, loaders }) => ({ ticket: new TicketLoader(em, loaders.project) }),
};
