/** A ticket as its table has it. */
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
  description: 'How far a ticket is. Every status may follow every other.',
  valuesConfig: {
    OPEN: { description: 'Nobody works on it yet.' },
    IN_PROGRESS: { description: 'Somebody works on it.' },
    RESOLVED: { description: 'Done, to be confirmed.' },
    CLOSED: { description: 'Nothing more will be done.' },
  },
});

registerEnumType(TicketPriority, {
  name: 'TicketPriority',
  description: 'How much a ticket matters.',
  valuesConfig: {
    LOW: { description: 'When there is time.' },
    NORMAL: { description: 'In its turn.' },
    HIGH: { description: 'Before others.' },
    URGENT: { description: 'Now.' },
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

  /** Of the latest event about it in the project's stream. */
  @Property({ type: 'integer' })
  eventSeq!: number;

  @Property({ type: 'timestamptz' })
  createdAt!: Date;

  @Property({ type: 'timestamptz' })
  updatedAt!: Date;
}
