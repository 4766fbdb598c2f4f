/** Inputs of the mutations of terms. Lengths are in characters. */
import { IsText } from '@chat/kit/graphql/text';
import { ArrayMaxSize, IsOptional } from 'class-validator';
import { Field, ID, InputType } from 'type-graphql';
import { TermStatus } from './term.type';

export const TERM = { max: 200 };
export const DEFINITION = { max: 10_000, multiline: true };
export const NOTE = { min: 0, max: 2000, multiline: true };
export const MAX_SYNONYMS = 50;

@InputType({ description: 'A new term.' })
export class CreateTermInput {
  @IsText(TERM)
  @Field({ description: `The term in its basic form: 1 to ${TERM.max} characters. CONFLICT if its locale has it.` })
  term!: string;

  @IsText(DEFINITION)
  @Field({ description: 'The definition: 1 to 10,000 characters.' })
  definition!: string;

  @IsText({ min: 2, max: 35 })
  @Field(() => String, {
    nullable: true,
    description: 'A language tag (BCP 47). Without it, the definition decides between `de` and `en`.',
  })
  locale?: string | null;

  @IsOptional()
  @ArrayMaxSize(MAX_SYNONYMS)
  @IsText(TERM, { each: true })
  @Field(() => [String], { nullable: true, description: `Up to ${MAX_SYNONYMS} synonyms.` })
  synonyms?: string[] | null;

  @IsOptional()
  @ArrayMaxSize(MAX_SYNONYMS)
  @IsText(TERM, { each: true })
  @Field(() => [String], { nullable: true, description: `Up to ${MAX_SYNONYMS} short forms.` })
  abbreviations?: string[] | null;

  @IsText(NOTE)
  @Field(() => String, { nullable: true, description: 'Advice on usage.' })
  usageNote?: string | null;

  @Field(() => ID, { nullable: true, description: 'A term of the same meaning in another locale.' })
  translationOfId?: string | null;
}

@InputType({ description: 'Changes of one term. Absent fields stay as they are.' })
export class UpdateTermInput {
  @Field(() => ID, { description: 'The term to change.' })
  id!: string;

  @IsText(DEFINITION)
  @Field(() => String, { nullable: true, description: 'The definition: 1 to 10,000 characters.' })
  definition?: string | null;

  @IsOptional()
  @ArrayMaxSize(MAX_SYNONYMS)
  @IsText(TERM, { each: true })
  @Field(() => [String], { nullable: true, description: 'Synonyms. They replace the present ones.' })
  synonyms?: string[] | null;

  @IsOptional()
  @ArrayMaxSize(MAX_SYNONYMS)
  @IsText(TERM, { each: true })
  @Field(() => [String], { nullable: true, description: 'Short forms. They replace the present ones.' })
  abbreviations?: string[] | null;

  @IsText(NOTE)
  @Field(() => String, { nullable: true, description: 'Advice on usage; an empty text removes it.' })
  usageNote?: string | null;
}

@InputType({ description: 'A new state of one term.' })
export class SetTermStatusInput {
  @Field(() => ID, { description: 'The term to change.' })
  id!: string;

  @Field(() => TermStatus, { description: 'The new state.' })
  status!: TermStatus;

  @Field(() => ID, { nullable: true, description: 'The term to use instead, for DEPRECATED.' })
  replacementId?: string | null;
}
