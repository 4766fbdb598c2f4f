/** Drafts as their authors see them. */
import { Field, ObjectType } from 'type-graphql';

@ObjectType({
  simpleResolvers: true,
  description: 'What the viewer has begun to write in a channel; on all of its devices.',
})
export class Draft {
  @Field({ description: 'Markdown as far as it is written; empty where the draft was removed.' })
  body!: string;

  @Field(() => Date, { description: 'When it was last saved.' })
  updatedAt!: Date;
}
