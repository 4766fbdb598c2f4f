/** The entity of a ticket. */
import { ArrayType } from '@mikro-orm/core';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { registerEnumType } from 'type-graphql';

export enum TicketStatus {
  OPEN = 'OPEN',
  IN_PROGRESS = 'IN_PROGRESS',
  RESOLVED = 'RESOLVED',
  CLOSED = 'CLOSED',
}

export enum TicketPriority {
  LOW = 'LOW',
  NORMAL = 'NORMAL',
  HIGH = 'HIGH',
  URGENT = 'URGENT',
}

registerEnumType(TicketStatus, {
  name: 'TicketStatus',
  description: 'Status of a ticket. Any status may follow any other.',
  valuesConfig: {
    OPEN: { description: 'Not started.' },
    IN_PROGRESS: { description: 'In progress.' },
    RESOLVED: { description: 'Done, to be confirmed.' },
    CLOSED: { description: 'No further work is planned.' },
  },
});

registerEnumType(TicketPriority, {
  name: 'TicketPriority',
  description: 'Priority of a ticket.',
  valuesConfig: {
    LOW: { description: 'Low: when there is time.' },
    NORMAL: { description: 'Normal.' },
    HIGH: { description: 'High: before others.' },
    URGENT: { description: 'Urgent: at once.' },
  },
});

@Entity({ tableName: 'tickets' })
export class TicketEntity {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'uuid' })
  projectId!: string;

  /** 1, 2, 3, … without gaps within a project. */
  @Property({ type: 'integer' })
  number!: number;

  @Property({ type: 'text' })
  title!: string;

  @Property({ type: 'text', nullable: true })
  description!: string | null;

  @Property({ type: 'text' })
  status!: TicketStatus;

  @Property({ type: 'text' })
  priority!: TicketPriority;

  @Property({ type: ArrayType, columnType: 'text[]' })
  labels!: string[];

  @Property({ type: 'uuid' })
  authorId!: string;

  @Property({ type: 'uuid', nullable: true })
  assigneeId!: string | null;

  @Property({ type: 'uuid', nullable: true })
  sourceMessageId!: string | null;

  /** `seq` of the latest event about the ticket in the project's stream. */
  @Property({ type: 'integer' })
  eventSeq!: number;

  @Property({ type: 'timestamptz' })
  createdAt!: Date;

  @Property({ type: 'timestamptz' })
  updatedAt!: Date;
}
