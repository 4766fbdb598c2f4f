/** Which events webhooks hear of, and what they are told: the ids that the event row has, and the message or ticket as it is now. */
import type { EntityManager } from '@chat/kit/database/database';
import type { AnyStreamKind, EventRow } from '@chat/kit/events/stream-kind';
import { channelStream } from '../../channels/channel.events';
import { MESSAGE_COLUMNS, toMessage, type MessageRow } from '../../messages/message.entity';
import { TicketEntity } from '../../work/tickets/ticket.entity';
import { projectStream } from '../../work/tickets/ticket.events';

/** Stands for every event type, later ones included. */
export const ALL_EVENTS = '*';

/** The event types of all streams that are not private. */
export const webhookEvents = (streams: readonly AnyStreamKind[]): string[] =>
  streams.filter(({ isPrivate }) => !isPrivate).flatMap(({ types }) => types);

export type StoredEvent = EventRow & { createdAt: Date };

/** What an event is about, by its stream's name: `channel:<id>` or `project:<id>`. */
export function subjectOf(stream: string): { kind: string; id: string } {
  const [kind, id] = stream.split(':');
  return { kind: kind!, id: id! };
}

/** The ids of the message and the ticket that an event is about, if any. */
export function aboutOf(event: EventRow): { messageId?: string; ticketId?: string } {
  if (projectStream.holds(event)) return event.payload;
  if (channelStream.holds(event) && 'messageId' in event.payload) return event.payload;
  return {};
}

/**
 * The body of a delivery, as Standard Webhooks advises: `type`, `timestamp` and `data`. Keep it in the same transaction: until then the
 * message stays as it is, so that nothing of one that is deleted meanwhile gets into the log.
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

/** Null where retention has removed it; with an empty body where it is deleted. */
async function messageData(tx: EntityManager, id: string) {
  const [row] = await tx.execute<MessageRow[]>(
    `select ${MESSAGE_COLUMNS} from messaging.messages m where m.id = ? for share`,
    [id],
  );
  if (!row) return null;
  const { channelId, seq, author, parentId, body, createdAt, editedAt, deletedAt } = toMessage(row);
  return { id, channelId, seq, authorId: author.id, parentId, body, createdAt, editedAt, deletedAt };
}
