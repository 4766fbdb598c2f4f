/** Inputs that create and change projects. */
import { IsText } from '@chat/kit/graphql/text';
import { Matches } from 'class-validator';
import { Field, ID, InputType } from 'type-graphql';

const NAME_MAX = 100;
const DESCRIPTION_MAX = 10_000;

@InputType({ description: 'A new project.' })
export class CreateProjectInput {
  @Matches(/^[A-Za-z][A-Za-z0-9]{1,9}$/, { message: 'key must be 2 to 10 letters A to Z and digits, a letter first' })
  @Field({
    description:
      '2 to 10 letters A to Z and digits, starting with a letter; converted to upper case. CONFLICT if it is taken.',
  })
  key!: string;

  @IsText({ max: NAME_MAX })
  @Field({ description: '1 to 100 characters.' })
  name!: string;

  @IsText({ min: 0, max: DESCRIPTION_MAX, multiline: true })
  @Field(() => String, { nullable: true, description: 'Markdown, up to 10,000 characters.' })
  description?: string | null;
}

@InputType({ description: 'Changes to a project. Absent fields stay unchanged.' })
export class UpdateProjectInput {
  @Field(() => ID, { description: 'The project.' })
  id!: string;

  @IsText({ max: NAME_MAX })
  @Field(() => String, { nullable: true, description: '1 to 100 characters.' })
  name?: string | null;

  @IsText({ min: 0, max: DESCRIPTION_MAX, multiline: true })
  @Field(() => String, { nullable: true, description: 'Markdown, up to 10,000 characters; null removes it.' })
  description?: string | null;
}
