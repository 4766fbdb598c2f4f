/** What clients send to open and change tickets. */
import { IsText } from '@chat/kit/graphql/text';
import { ArrayMaxSize, IsUUID, Matches } from 'class-validator';
import { Field, ID, InputType } from 'type-graphql';
import { TicketPriority, TicketStatus } from './ticket.entity';

const TITLE = { max: 200 };
const DESCRIPTION = { min: 0, max: 20_000, multiline: true };
/** What a label may be. */
export const LABEL = { max: 50 };
const MAX_LABELS = 20;
const LABELS = `At most ${MAX_LABELS}, of at most ${LABEL.max} characters and without commas; repetitions count once.`;

/** The longest comment, in characters. */
export const COMMENT_MAX = 16_000;

@InputType({ description: 'A ticket to open.' })
export class CreateTicketInput {
  @Field(() => ID, { description: 'In which project.' })
  projectId!: string;

  @IsText(TITLE)
  @Field({ description: 'What is to be done: 1 to 200 characters.' })
  title!: string;

  @IsText(DESCRIPTION)
  @Field(() => String, { nullable: true, description: 'More about it: Markdown, at most 20,000 characters.' })
  description?: string | null;

  @Field(() => TicketPriority, { nullable: true, description: 'How much it matters; NORMAL where it is absent.' })
  priority?: TicketPriority | null;

  @IsUUID()
  @Field(() => ID, { nullable: true, description: 'The account whose it is to be.' })
  assigneeId?: string | null;

  @ArrayMaxSize(MAX_LABELS)
  @IsText(LABEL, { each: true })
  @Matches(/^[^,]*$/, { each: true, message: 'labels must not have commas' })
  @Field(() => [String], { nullable: true, description: LABELS })
  labels?: string[] | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The message that it comes from. NOT_FOUND where the viewer may not see it.',
  })
  sourceMessageId?: string | null;
}

@InputType({ description: 'What to change about a ticket. What is absent stays as it is.' })
export class UpdateTicketInput {
  @Field(() => ID, { description: 'Which ticket.' })
  id!: string;

  @IsText(TITLE)
  @Field(() => String, { nullable: true, description: 'A new title: 1 to 200 characters.' })
  title?: string | null;

  @IsText(DESCRIPTION)
  @Field(() => String, { nullable: true, description: 'Markdown, at most 20,000 characters; null takes it away.' })
  description?: string | null;

  @Field(() => TicketStatus, { nullable: true, description: 'How far it is.' })
  status?: TicketStatus | null;

  @Field(() => TicketPriority, { nullable: true, description: 'How much it matters.' })
  priority?: TicketPriority | null;

  @IsUUID()
  @Field(() => ID, { nullable: true, description: 'The account whose it is to be; null for nobody.' })
  assigneeId?: string | null;

  @ArrayMaxSize(MAX_LABELS)
  @IsText(LABEL, { each: true })
  @Matches(/^[^,]*$/, { each: true, message: 'labels must not have commas' })
  @Field(() => [String], { nullable: true, description: `All labels that it is to have. ${LABELS}` })
  labels?: string[] | null;
}
