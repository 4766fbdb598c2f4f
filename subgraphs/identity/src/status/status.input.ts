/** The input of setStatus. */
import { IsText } from '@chat/kit/graphql/text';
import { FurtherChecks } from '@chat/kit/graphql/wrong-fields';
import { Field, InputType } from 'type-graphql';
import type { IdentityContext } from '../context';

@FurtherChecks((input: SetStatusInput, { services }: IdentityContext) => services.statuses.checkStatus(input))
@InputType({ description: 'A status of the viewer: a text, an emoji, or both.' })
export class SetStatusInput {
  @IsText({ min: 0, max: 100 })
  @Field(() => String, { nullable: true, description: 'One line, up to 100 characters.' })
  text?: string | null;

  @IsText({ max: 32 })
  @Field(() => String, { nullable: true, description: 'Exactly one emoji.' })
  emoji?: string | null;

  @Field(() => Date, {
    nullable: true,
    description: 'Time at which the status is cleared, at most a year ahead. Absent: it stays.',
  })
  expiresAt?: Date | null;
}
