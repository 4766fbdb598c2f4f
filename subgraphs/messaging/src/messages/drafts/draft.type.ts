/** GraphQL types of drafts. */
import { Field, ObjectType } from 'type-graphql';

@ObjectType({
  simpleResolvers: true,
  description: 'An unsent message of the viewer for a channel, shared by all their devices.',
})
export class Draft {
  @Field({ description: 'Unfinished Markdown; empty if the draft was removed.' })
  body!: string;

  @Field(() => Date, { description: 'When it was last saved.' })
  updatedAt!: Date;
}
