/** Which events webhooks hear of, and what they are told: the ids that the event row has, and the message or ticket as it is now. */
import type { EntityManager } from '@chat/kit/database/database';
import type { EventRow } from '@chat/kit/events/event-log';
import { CHANNEL_EVENTS } from '../../channels/channel.events';
import { MESSAGE_COLUMNS, toMessage, type MessageRow } from '../../messages/message.entity';
import { TicketEntity } from '../../work/tickets/ticket.entity';
import { PROJECT_EVENTS } from '../../work/tickets/ticket.events';

/** Stands for every event type, later ones included. */
export const ALL_EVENTS = '*';

export const WEBHOOK_EVENTS: readonly string[] = [...CHANNEL_EVENTS, ...PROJECT_EVENTS];

export interface StoredEvent extends EventRow {
  createdAt: Date;
}

/** What an event is about, by its stream's name: `channel:<id>` or `project:<id>`. */
export function subjectOf(stream: string): { kind: string; id: string } {
  const [kind, id] = stream.split(':');
  return { kind: kind!, id: id! };
}

/**
 * The body of a delivery, as Standard Webhooks advises: `type`, `timestamp` and `data`. Keep it in the same transaction: until then the
 * message stays as it is, so that nothing of one that is deleted meanwhile gets into the log.
 */
export async function webhookBody(tx: EntityManager, event: StoredEvent): Promise<string> {
  const { kind, id } = subjectOf(event.stream);
  const { messageId, ticketId } = event.payload as { messageId?: string; ticketId?: string };
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
