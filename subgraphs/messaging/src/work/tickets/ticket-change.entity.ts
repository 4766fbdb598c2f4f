/** The entity of a change of one field of a ticket. Append-only. */
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { registerEnumType } from 'type-graphql';

export enum TicketField {
  TITLE = 'TITLE',
  DESCRIPTION = 'DESCRIPTION',
  STATUS = 'STATUS',
  PRIORITY = 'PRIORITY',
  ASSIGNEE = 'ASSIGNEE',
  LABELS = 'LABELS',
}

registerEnumType(TicketField, {
  name: 'TicketField',
  description: 'The changed field of a ticket. It determines the format of the values before and after.',
  valuesConfig: {
    TITLE: { description: 'The title.' },
    DESCRIPTION: { description: 'The description, in Markdown.' },
    STATUS: { description: 'The status, as in TicketStatus.' },
    PRIORITY: { description: 'The priority, as in TicketPriority.' },
    ASSIGNEE: { description: 'The assignee, as an account id.' },
    LABELS: { description: 'The labels, separated by commas.' },
  },
});

@Entity({ tableName: 'ticket_changes' })
export class TicketChangeEntity {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'uuid' })
  ticketId!: string;

  @Property({ type: 'uuid' })
  actorId!: string;

  @Property({ type: 'text' })
  field!: TicketField;

  @Property({ type: 'text', nullable: true })
  before!: string | null;

  @Property({ type: 'text', nullable: true })
  after!: string | null;

  @Property({ type: 'timestamptz' })
  createdAt!: Date;
}
