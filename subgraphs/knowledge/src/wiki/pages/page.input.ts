/** Inputs of the mutations of pages. Lengths are in characters. */
import { IsText } from '@chat/kit/graphql/text';
import { ArrayMaxSize, IsOptional } from 'class-validator';
import { Field, ID, InputType, Int } from 'type-graphql';
import { PATH_MAX } from './page.path';

export const TITLE = { max: 200 };
export const BODY = { min: 0, max: 200_000, multiline: true };
export const TAG = { max: 50 };
export const MAX_TAGS = 50;
export const SUMMARY = { min: 0, max: 500 };
const MAX_ATTACHMENTS = 100;

@InputType({ description: 'A new page.' })
export class CreatePageInput {
  @IsText(TITLE)
  @Field({ description: `The title, in one line: 1 to ${TITLE.max} characters.` })
  title!: string;

  @IsText(BODY)
  @Field({ description: `Markdown, up to ${BODY.max} characters.` })
  body!: string;

  @IsText({ max: PATH_MAX })
  @Field(() => String, {
    nullable: true,
    description: 'The path, such as `guides/setup`. CONFLICT if it is taken. Without it, the title gives a free one.',
  })
  slug?: string | null;

  @IsText({ min: 2, max: 35 })
  @Field(() => String, {
    nullable: true,
    description: 'A language tag (BCP 47), such as `de`. Without it, the text decides between `de` and `en`.',
  })
  locale?: string | null;

  @IsText({ max: PATH_MAX })
  @Field(() => String, {
    nullable: true,
    description: 'The category, such as `Engineering/Backend`. Missing categories are created.',
  })
  categoryPath?: string | null;

  @IsOptional()
  @ArrayMaxSize(MAX_TAGS)
  @IsText(TAG, { each: true })
  @Field(() => [String], { nullable: true, description: `Up to ${MAX_TAGS} tags.` })
  tags?: string[] | null;

  @IsText(SUMMARY)
  @Field(() => String, { nullable: true, description: 'The reason, for the list of revisions.' })
  summary?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'A template. It gives the body if that is empty, and the tags if these are absent. `{{title}}` and `{{date}}` are filled in.',
  })
  templateId?: string | null;

  @IsOptional()
  @ArrayMaxSize(MAX_ATTACHMENTS)
  @Field(() => [ID], {
    nullable: true,
    description: `Up to ${MAX_ATTACHMENTS} own files with a complete upload, in their order.`,
  })
  attachmentIds?: string[] | null;
}

@InputType({ description: 'Changes of one page. Absent fields stay as they are.' })
export class UpdatePageInput {
  @Field(() => ID, { description: 'The page to change.' })
  id!: string;

  @Field(() => Int, {
    description:
      'The version that the changes are based on. If it is not the current one, both changes are merged; CONFLICT if they overlap.',
  })
  baseVersion!: number;

  @IsText(TITLE)
  @Field(() => String, { nullable: true, description: `The title, in one line: 1 to ${TITLE.max} characters.` })
  title?: string | null;

  @IsText(BODY)
  @Field(() => String, { nullable: true, description: `Markdown, up to ${BODY.max} characters.` })
  body?: string | null;

  @IsText({ max: PATH_MAX })
  @Field(() => String, {
    nullable: true,
    description: 'A new path. Links to earlier paths keep leading to the page. CONFLICT if it is taken.',
  })
  slug?: string | null;

  @IsText({ min: 0, max: PATH_MAX })
  @Field(() => String, { nullable: true, description: 'The category; an empty text removes it.' })
  categoryPath?: string | null;

  @IsOptional()
  @ArrayMaxSize(MAX_TAGS)
  @IsText(TAG, { each: true })
  @Field(() => [String], { nullable: true, description: `Up to ${MAX_TAGS} tags. They replace the present ones.` })
  tags?: string[] | null;

  @IsText(SUMMARY)
  @Field(() => String, { nullable: true, description: 'The reason, for the list of revisions.' })
  summary?: string | null;

  @IsOptional()
  @ArrayMaxSize(MAX_ATTACHMENTS)
  @Field(() => [ID], {
    nullable: true,
    description: `Up to ${MAX_ATTACHMENTS} files, in their order: own ones, or those that are attached. They replace the present ones.`,
  })
  attachmentIds?: string[] | null;
}
