/** Categories as clients see them. */
import { VIEWER_DEPENDENT } from '@chat/kit/graphql/live-directives';
import { Directive, Field, ID, Int, ObjectType } from 'type-graphql';

@ObjectType({ simpleResolvers: true, description: 'A category of the wiki. Categories form a tree.' })
export class WikiCategory {
  @Field(() => ID, { description: 'Opaque and permanent (UUIDv7).' })
  id!: string;

  @Field({ description: 'The name, in one line.' })
  name!: string;

  @Field({ description: 'The names of the categories above it and its own, as a path.' })
  path!: string;

  @Field({ description: 'Whether only its creator, administrators and accounts with a grant read its pages.' })
  isRestricted!: boolean;

  @Field({ description: 'Whether changes of its pages, and of those below it, wait for approval.' })
  requiresApproval!: boolean;

  @Field({
    description: 'Whether only its creator, moderators and accounts with a grant change its pages, and those below it.',
  })
  isLocked!: boolean;

  @Directive(VIEWER_DEPENDENT)
  @Field(() => Int, { description: 'The number of its own pages that the viewer may read.' })
  pageCount?: number;
}
