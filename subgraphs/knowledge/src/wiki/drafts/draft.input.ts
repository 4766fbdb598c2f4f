/** The input of drafts. Lengths are in characters. */
import { IsText } from '@chat/kit/graphql/text';
import { ArrayMaxSize, IsOptional } from 'class-validator';
import { Field, ID, InputType, Int } from 'type-graphql';
import { BODY, MAX_TAGS, SUMMARY, TAG, TITLE } from '../pages/page.input';
import { PATH_MAX } from '../pages/page.path';

@InputType({ description: 'A draft. It replaces the one with its id.' })
export class SaveWikiDraftInput {
  @Field(() => ID, { nullable: true, description: 'An own draft to replace; without it, the draft is new.' })
  id?: string | null;

  @Field(() => ID, { nullable: true, description: 'The page to change; without it, the draft is of a new page.' })
  pageId?: string | null;

  @Field(() => Int, { nullable: true, description: 'The version that the change is based on; required with `pageId`.' })
  baseVersion?: number | null;

  @IsText(TITLE)
  @Field({ description: `The title, in one line: 1 to ${TITLE.max} characters.` })
  title!: string;

  @IsText(BODY)
  @Field({ description: `Markdown, up to ${BODY.max} characters.` })
  body!: string;

  @IsText({ max: PATH_MAX })
  @Field(() => String, {
    nullable: true,
    description: 'The path; without it, the path stays or follows from the title.',
  })
  slug?: string | null;

  @IsText({ min: 2, max: 35 })
  @Field(() => String, { nullable: true, description: 'The language tag of a new page.' })
  locale?: string | null;

  @IsText({ min: 0, max: PATH_MAX })
  @Field(() => String, { nullable: true, description: 'The path of the category.' })
  categoryPath?: string | null;

  @IsOptional()
  @ArrayMaxSize(MAX_TAGS)
  @IsText(TAG, { each: true })
  @Field(() => [String], { nullable: true, description: `Up to ${MAX_TAGS} tags; without them, those of the version.` })
  tags?: string[] | null;

  @IsText(SUMMARY)
  @Field(() => String, { nullable: true, description: 'The reason, for the list of revisions.' })
  summary?: string | null;
}
