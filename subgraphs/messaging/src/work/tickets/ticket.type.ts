/** Tickets, their comments and their history as clients see them. */
import { connectionType } from '@chat/kit/graphql/connection';
import { Directive, Field, ID, Int, ObjectType } from 'type-graphql';
import { TicketField } from './ticket-change.entity';
import { TicketPriority, TicketStatus } from './ticket.entity';

@Directive('@key(fields: "id")')
@ObjectType({ simpleResolvers: true, description: 'Something to be done in a project.' })
export class Ticket {
  @Field(() => ID, { description: 'Opaque (UUIDv7).' })
  id!: string;

  @Field(() => Int, { description: 'Its number in the project: 1, 2, 3, … without gaps, in the order of creation.' })
  number!: number;

  @Field({ description: 'What is to be done.' })
  title!: string;

  @Field(() => String, { nullable: true, description: 'More about it, in Markdown.' })
  description!: string | null;

  @Field(() => TicketStatus, { description: 'How far it is.' })
  status!: TicketStatus;

  @Field(() => TicketPriority, { description: 'How much it matters.' })
  priority!: TicketPriority;

  @Field(() => [String], { description: 'Sorted, without repetitions.' })
  labels!: string[];

  @Field(() => Date, { description: 'When it was opened.' })
  createdAt!: Date;

  @Field(() => Date, { description: 'When it was last changed or commented on.' })
  updatedAt!: Date;
}

@ObjectType({ description: 'Tickets, by number.' })
export class TicketConnection extends connectionType('Ticket', () => Ticket) {}

@ObjectType({ simpleResolvers: true, description: 'What somebody said about a ticket.' })
export class TicketComment {
  @Field(() => ID, { description: 'Opaque (UUIDv7).' })
  id!: string;

  @Field({ description: 'Markdown as it was written.' })
  body!: string;

  @Field(() => Date, { description: 'When it was written.' })
  createdAt!: Date;
}

@ObjectType({ description: 'Comments on a ticket, oldest first.' })
export class TicketCommentConnection extends connectionType('TicketComment', () => TicketComment) {}

@ObjectType({ simpleResolvers: true, description: 'One value of a ticket that somebody changed.' })
export class TicketChange {
  @Field(() => ID, { description: 'Opaque (UUIDv7).' })
  id!: string;

  @Field(() => TicketField, { description: 'What was changed; it says how the values are written.' })
  field!: TicketField;

  @Field(() => String, { nullable: true, description: 'The value before the change; null for none.' })
  before!: string | null;

  @Field(() => String, { nullable: true, description: 'The value after the change; null for none.' })
  after!: string | null;

  @Field(() => Date, { description: 'When it was changed.' })
  createdAt!: Date;
}

@ObjectType({ description: 'Changes of a ticket, oldest first.' })
export class TicketChangeConnection extends connectionType('TicketChange', () => TicketChange) {}
