/** Event types for webhooks, and the bodies of deliveries: the ids of the event, and the current message or ticket. */
import type { EntityManager } from '@chat/kit/database/database';
import type { AnyStreamKind, EventRow } from '@chat/kit/events/stream-kind';
import { channelStream } from '../../channels/channel.events';
import { MESSAGE_COLUMNS, toMessage, type MessageRow } from '../../messages/message.entity';
import { TicketEntity } from '../../work/tickets/ticket.entity';
import { projectStream } from '../../work/tickets/ticket.events';

/** Stands for every event type, including future ones. */
export const ALL_EVENTS = '*';

/** The event types of all streams that are not private. */
export const webhookEvents = (streams: readonly AnyStreamKind[]): string[] =>
  streams.filter(({ isPrivate }) => !isPrivate).flatMap(({ types }) => types);

export type StoredEvent = EventRow & { createdAt: Date };

/** Parses the name of a stream: `channel:<id>` or `project:<id>`. */
export function subjectOf(stream: string): { kind: string; id: string } {
  const [kind, id] = stream.split(':');
  return { kind: kind!, id: id! };
}

/** The ids of the message and the ticket of an event, if any. */
export function aboutOf(event: EventRow): { messageId?: string; ticketId?: string } {
  if (projectStream.holds(event)) return event.payload;
  if (channelStream.holds(event) && 'messageId' in event.payload) return event.payload;
  return {};
}

/**
 * The body of a delivery in the form that Standard Webhooks recommends: `type`, `timestamp` and `data`. Locks the message, so that a
 * concurrent deletion leaves nothing in the log if the body is stored in the same transaction.
 */
export async function webhookBody(tx: EntityManager, event: StoredEvent): Promise<string> {
  const { kind, id } = subjectOf(event.stream);
  const { messageId, ticketId } = aboutOf(event);
  return JSON.stringify({
    type: event.type,
    timestamp: event.createdAt.toISOString(),
    data: {
      [`${kind}Id`]: id,
      ...event.payload,
      ...(messageId && { message: await messageData(tx, messageId) }),
      ...(ticketId && { ticket: await tx.findOne(TicketEntity, { id: ticketId }) }),
    },
  });
}

/** Null if retention has removed the message; with an empty body if it is deleted. */
async function messageData(tx: EntityManager, id: string) {
  const [row] = await tx.execute<MessageRow[]>(
    `select ${MESSAGE_COLUMNS} from messaging.messages m where m.id = ? for share`,
    [id],
  );
  if (!row) return null;
  const { channelId, seq, author, parentId, body, createdAt, editedAt, deletedAt } = toMessage(row);
  return { id, channelId, seq, authorId: author.id, parentId, body, createdAt, editedAt, deletedAt };
}
