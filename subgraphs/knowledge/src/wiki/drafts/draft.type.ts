/** Drafts as clients see them. Access is in draft.policy.ts. */
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { VIEWER_DEPENDENT } from '@chat/kit/graphql/live-directives';
import { Directive, Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { User } from '../../users/user.type';
import { WikiPage } from '../pages/page.type';

export enum WikiDraftStatus {
  DRAFT = 'DRAFT',
  SUBMITTED = 'SUBMITTED',
  REJECTED = 'REJECTED',
}

registerEnumType(WikiDraftStatus, {
  name: 'WikiDraftStatus',
  description: 'The state of a draft.',
  valuesConfig: {
    DRAFT: { description: 'Only its author reads it.' },
    SUBMITTED: { description: 'It waits for approval.' },
    REJECTED: { description: 'Its author may change it and publish it again; `note` has the reason.' },
  },
});

@ObjectType({
  simpleResolvers: true,
  description: 'A draft of a new page or of a change, or a change that waits for approval.',
})
export class WikiDraft {
  @Field(() => ID, { description: 'Opaque and permanent (UUIDv7).' })
  id!: string;

  @Directive(VIEWER_DEPENDENT)
  @Field(() => WikiPage, { nullable: true, description: 'The page that it changes; null for a new page.' })
  page?: WikiPage | null;

  @Field(() => Int, { nullable: true, description: 'The version that the change is based on; null for a new page.' })
  baseVersion!: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'The new path; null if the path stays or follows from the title.',
  })
  slug!: string | null;

  @Field(() => String, { nullable: true, description: 'The language tag; null if the text decides.' })
  locale!: string | null;

  @Field({ description: 'The title, in one line.' })
  title!: string;

  @Field({ description: 'Markdown.' })
  body!: string;

  @Field(() => String, { nullable: true, description: 'The path of the category; null if there is none.' })
  categoryPath!: string | null;

  @Directive(assumedSize(5))
  @Field(() => [String], { description: 'The tags.' })
  tags!: string[];

  @Field(() => String, { nullable: true, description: 'The reason for the change.' })
  summary!: string | null;

  @Field(() => WikiDraftStatus, { description: 'The state.' })
  status!: WikiDraftStatus;

  @Field(() => String, { nullable: true, description: 'The reason for the rejection.' })
  note!: string | null;

  @Field(() => User, { nullable: true, description: 'The author; null if the account no longer exists.' })
  author?: User | null;

  @Field(() => Date, { description: 'The time of creation.' })
  createdAt!: Date;

  @Field(() => Date, { description: 'The time of the last change.' })
  updatedAt!: Date;
}
