/** Inputs that open and change tickets. */
import { IsText } from '@chat/kit/graphql/text';
import { FurtherChecks } from '@chat/kit/graphql/wrong-fields';
import { ArrayMaxSize, IsUUID, Matches } from 'class-validator';
import { Field, ID, InputType } from 'type-graphql';
import type { MessagingContext } from '../../context';
import { TicketPriority, TicketStatus } from './ticket.entity';

const TITLE = { max: 200 };
const DESCRIPTION = { min: 0, max: 20_000, multiline: true };
/** Limits of a label. */
export const LABEL = { max: 50 };
const MAX_LABELS = 20;
const LABELS = `At most ${MAX_LABELS}, of at most ${LABEL.max} characters and without commas; duplicates are removed.`;

/** The maximum length of a comment, in characters. */
export const COMMENT_MAX = 16_000;

@FurtherChecks((input: CreateTicketInput, { em, services }: MessagingContext) =>
  services.tickets.checkAssignee(em, input.assigneeId),
)
@InputType({ description: 'A ticket to open.' })
export class CreateTicketInput {
  @Field(() => ID, { description: 'The project.' })
  projectId!: string;

  @IsText(TITLE)
  @Field({ description: 'The title: 1 to 200 characters.' })
  title!: string;

  @IsText(DESCRIPTION)
  @Field(() => String, { nullable: true, description: 'The description: Markdown, at most 20,000 characters.' })
  description?: string | null;

  @Field(() => TicketPriority, { nullable: true, description: 'The priority; NORMAL if absent.' })
  priority?: TicketPriority | null;

  @IsUUID()
  @Field(() => ID, { nullable: true, description: 'The assignee.' })
  assigneeId?: string | null;

  @ArrayMaxSize(MAX_LABELS)
  @IsText(LABEL, { each: true })
  @Matches(/^[^,]*$/, { each: true, message: 'labels must not have commas' })
  @Field(() => [String], { nullable: true, description: LABELS })
  labels?: string[] | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The source message. NOT_FOUND if the viewer may not see it.',
  })
  sourceMessageId?: string | null;
}

@FurtherChecks((input: UpdateTicketInput, { em, services }: MessagingContext) =>
  services.tickets.checkAssignee(em, input.assigneeId),
)
@InputType({ description: 'Changes to a ticket. Absent fields stay unchanged.' })
export class UpdateTicketInput {
  @Field(() => ID, { description: 'The ticket.' })
  id!: string;

  @IsText(TITLE)
  @Field(() => String, { nullable: true, description: 'A new title: 1 to 200 characters.' })
  title?: string | null;

  @IsText(DESCRIPTION)
  @Field(() => String, { nullable: true, description: 'Markdown, at most 20,000 characters; null removes it.' })
  description?: string | null;

  @Field(() => TicketStatus, { nullable: true, description: 'The status.' })
  status?: TicketStatus | null;

  @Field(() => TicketPriority, { nullable: true, description: 'The priority.' })
  priority?: TicketPriority | null;

  @IsUUID()
  @Field(() => ID, { nullable: true, description: 'The assignee; null to unassign.' })
  assigneeId?: string | null;

  @ArrayMaxSize(MAX_LABELS)
  @IsText(LABEL, { each: true })
  @Matches(/^[^,]*$/, { each: true, message: 'labels must not have commas' })
  @Field(() => [String], { nullable: true, description: `The new labels, which replace the present ones. ${LABELS}` })
  labels?: string[] | null;
}
