/** Pages as clients see them. Access to each field is in page.policy.ts. */
import { connectionType } from '@chat/kit/graphql/connection';
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { VIEWER_DEPENDENT } from '@chat/kit/graphql/live-directives';
import { Directive, Field, ID, Int, ObjectType } from 'type-graphql';
import { User } from '../../users/user.type';
import { File } from './file.type';
import { WikiCategory } from '../categories/category.type';

@Directive('@key(fields: "id")')
@ObjectType({
  simpleResolvers: true,
  description: 'A page of the wiki in one locale. NOT_FOUND for accounts that may not read it.',
})
export class WikiPage {
  @Field(() => ID, { description: 'Opaque and permanent (UUIDv7).' })
  id!: string;

  @Field({ description: 'The path, such as `guides/setup`. The locales of one page share it.' })
  slug!: string;

  @Field({ description: 'The title, in one line.' })
  title!: string;

  @Field({ description: 'Markdown.' })
  body!: string;

  @Field({ description: 'The body as safe HTML.' })
  bodyHtml?: string;

  @Field({ description: 'The language tag (BCP 47).' })
  locale!: string;

  @Field(() => Int, { description: 'The number of the current revision, for `baseVersion`.' })
  version!: number;

  @Field(() => WikiCategory, { nullable: true, description: 'The category; null if there is none.' })
  category!: WikiCategory | null;

  @Directive(assumedSize(5))
  @Field(() => [String], { description: 'The tags.' })
  tags!: string[];

  @Field({ description: 'Whether only its creator, administrators and accounts with a grant read it.' })
  isRestricted!: boolean;

  @Field({
    description: 'False while a new page waits for approval: only its creator and those who approve it read it.',
  })
  isPublished!: boolean;

  @Field({ description: 'Whether new pages may start with its text.' })
  isTemplate!: boolean;

  @Field({ description: 'Whether only its creator, moderators and accounts with a grant change it.' })
  isLocked!: boolean;

  @Directive(assumedSize(5))
  @Field(() => [File], { description: 'The attached files, in their order. Deleted files are absent.' })
  attachments?: File[];

  @Directive(VIEWER_DEPENDENT)
  @Directive(assumedSize(20))
  @Field(() => [WikiPage], { description: 'The pages that link to it and that the viewer may read; at most 500.' })
  backlinks?: WikiPage[];

  @Directive(VIEWER_DEPENDENT)
  @Directive(assumedSize(5))
  @Field(() => [WikiPage], { description: 'The same page in other locales.' })
  translations?: WikiPage[];

  @Field(() => User, { nullable: true, description: 'The creator; null if the account no longer exists.' })
  createdBy!: User | null;

  @Field(() => User, {
    nullable: true,
    description: 'The author of the current revision; null if the account no longer exists.',
  })
  updatedBy!: User | null;

  @Field(() => Date, { description: 'The time of the first revision.' })
  createdAt!: Date;

  @Field(() => Date, { description: 'The time of the current revision.' })
  updatedAt!: Date;
}

@ObjectType({ simpleResolvers: true, description: 'One revision of a page.' })
export class WikiRevision {
  @Field(() => Int, { description: 'Its number: 1, 2, 3, …' })
  version!: number;

  @Field({ description: 'The title at that time.' })
  title!: string;

  @Field({ description: 'The Markdown at that time.' })
  body!: string;

  @Field(() => User, { nullable: true, description: 'The author; null if the account no longer exists.' })
  author!: User | null;

  @Field(() => String, {
    nullable: true,
    description:
      "The author's name in the wiki from which the revision was imported; null otherwise, or if it is unknown.",
  })
  originalAuthor!: string | null;

  @Field(() => User, { nullable: true, description: 'The account that approved it; null if it needed no approval.' })
  approvedBy!: User | null;

  @Field(() => Date, { description: 'The time of the revision.' })
  createdAt!: Date;

  @Field(() => String, { nullable: true, description: 'The reason that the author gave.' })
  summary!: string | null;
}

@ObjectType({ description: 'Revisions, newest first.' })
export class WikiRevisionConnection extends connectionType('WikiRevision', () => WikiRevision) {}

@ObjectType({ simpleResolvers: true, description: 'A part of a text in a comparison.' })
export class WikiDiffPart {
  @Field({ description: 'The words.' })
  text!: string;

  @Field({ description: 'Whether the words are only in the later version.' })
  isAdded!: boolean;

  @Field({ description: 'Whether the words are only in the earlier version.' })
  isRemoved!: boolean;
}

@ObjectType({ simpleResolvers: true, description: 'The differences of two revisions.' })
export class WikiDiff {
  @Field({ description: 'The unified format of `diff -u`.' })
  unified!: string;

  @Directive(assumedSize(50))
  @Field(() => [WikiDiffPart], {
    description: 'The texts by words. Very different texts are compared by lines.',
  })
  words!: WikiDiffPart[];
}

@ObjectType({ simpleResolvers: true, description: 'A path to which pages link and which no page has.' })
export class WantedPage {
  @Field({ description: 'The path.' })
  slug!: string;

  @Field(() => Int, { description: 'The number of pages with such a link that the viewer may read.' })
  linkCount!: number;
}
