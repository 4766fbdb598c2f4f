/** Inputs of documents. */
import { IsText } from '@chat/kit/graphql/text';
import { ArrayMaxSize, IsOptional, IsUUID } from 'class-validator';
import { Field, ID, InputType } from 'type-graphql';

/** In Unicode code points. */
const MAX_TEXT = 5_000_000;

@InputType({ description: 'A new document. Exactly one of `text`, `fileId` and `url` is given.' })
export class AddDocumentInput {
  @IsText({ max: 300 })
  @Field({ description: 'The title, in one line.' })
  title!: string;

  @IsOptional()
  @IsText({ max: MAX_TEXT, min: 0, multiline: true })
  @Field(() => String, { nullable: true, description: 'The text, plain or as Markdown.' })
  text?: string | null;

  @IsOptional()
  @IsUUID()
  @Field(() => ID, {
    nullable: true,
    description: 'An uploaded file that is READY: PDF, DOCX, HTML, Markdown or text. Up to 100 MiB.',
  })
  fileId?: string | null;

  @IsOptional()
  @IsText({ max: 2000 })
  @Field(() => String, {
    nullable: true,
    description:
      'The URL of a page or file as in `fileId`, up to 20 MiB. FORBIDDEN unless the operator allows requests to other servers.',
  })
  url?: string | null;

  @IsOptional()
  @IsUUID(undefined, { each: true })
  @ArrayMaxSize(1000)
  @Field(() => [ID], {
    nullable: true,
    description: 'The accounts that may read it beside its owner. Without it, every user may; guests may not.',
  })
  visibility?: string[] | null;
}
