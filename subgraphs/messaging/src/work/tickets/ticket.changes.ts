/** Compares a ticket with an update. Pure. */
import { TicketField } from './ticket-change.entity';
import type { TicketEntity } from './ticket.entity';
import type { UpdateTicketInput } from './ticket.input';

export interface Change {
  field: TicketField;
  /** In the format of the history. */
  before: string | null;
  after: string | null;
  value: Partial<TicketEntity>;
}

export const sortedLabels = (labels: readonly string[]): string[] =>
  [...new Set(labels.map((label) => label.trim()))].sort();

/** The differences. Absent fields stay unchanged, and so do null values of required fields. */
export function changesOf(ticket: TicketEntity, input: UpdateTicketInput): Change[] {
  const { title, description, status, priority, assigneeId, labels } = input;
  const wanted: Change[] = [];
  const want = (field: TicketField, before: string | null, after: string | null, value: Partial<TicketEntity>) => {
    if (before !== after) wanted.push({ field, before, after, value });
  };
  if (title != null) want(TicketField.TITLE, ticket.title, title.trim(), { title: title.trim() });
  if (description !== undefined) {
    const text = description?.trim() || null;
    want(TicketField.DESCRIPTION, ticket.description, text, { description: text });
  }
  if (status != null) want(TicketField.STATUS, ticket.status, status, { status });
  if (priority != null) want(TicketField.PRIORITY, ticket.priority, priority, { priority });
  if (assigneeId !== undefined) {
    const id = assigneeId?.toLowerCase() ?? null;
    want(TicketField.ASSIGNEE, ticket.assigneeId, id, { assigneeId: id });
  }
  if (labels != null) {
    const sorted = sortedLabels(labels);
    want(TicketField.LABELS, ticket.labels.join(', ') || null, sorted.join(', ') || null, { labels: sorted });
  }
  return wanted;
}
