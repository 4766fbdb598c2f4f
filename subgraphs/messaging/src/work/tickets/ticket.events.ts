/** The events of a project. Payloads hold ids; subscribers load the ticket as it is at delivery. */
import { defineStream, payload, type EventsOf } from '@chat/kit/events/stream-kind';

export const projectStream = defineStream('project', {
  TicketCreated: payload<{ ticketId: string }>(),
  TicketUpdated: payload<{ ticketId: string; fields: string[] }>(),
  TicketCommented: payload<{ ticketId: string; commentId: string }>(),
});

export type ProjectEvents = EventsOf<typeof projectStream>;
