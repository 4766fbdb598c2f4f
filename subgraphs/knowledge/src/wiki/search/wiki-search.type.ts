/** Results of the wiki's search as clients see them. */
import { connectionType } from '@chat/kit/graphql/connection';
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { Directive, Field, Float, Int, ObjectType } from 'type-graphql';
import { WikiCategory } from '../categories/category.type';
import { WikiPage } from '../pages/page.type';

@ObjectType({ simpleResolvers: true, description: 'A page that matches a search.' })
class WikiSearchResult {
  @Field(() => WikiPage, { description: 'The page.' })
  page!: WikiPage;

  @Field({ description: 'HTML of the matching parts. Its only tag is `<mark>`.' })
  snippet!: string;

  @Field(() => Float, { description: 'The rank: greater is better, comparable within one search.' })
  score!: number;
}

@ObjectType({ simpleResolvers: true, description: 'The number of matches in a category.' })
export class WikiCategoryFacet {
  @Field(() => WikiCategory, { description: 'The category.' })
  category!: WikiCategory;

  @Field(() => Int, { description: 'The number of matches among its own pages.' })
  count!: number;
}

@ObjectType({ simpleResolvers: true, description: 'The number of matches with a tag.' })
export class WikiTagFacet {
  @Field({ description: 'The tag.' })
  tag!: string;

  @Field(() => Int, { description: 'The number of matches.' })
  count!: number;
}

@ObjectType({ description: 'Matching pages, best match first.' })
export class WikiSearchConnection extends connectionType('WikiSearchResult', () => WikiSearchResult) {
  @Directive(assumedSize(20))
  @Field(() => [WikiCategoryFacet], {
    description: 'The matches by category, without the filter by category; at most 50.',
  })
  categories!: WikiCategoryFacet[];

  @Directive(assumedSize(20))
  @Field(() => [WikiTagFacet], { description: 'The matches by tag; at most 50.' })
  tags!: WikiTagFacet[];

  @Field(() => String, {
    nullable: true,
    description: 'The query with corrected words, if no page has the words as they were typed; null otherwise.',
  })
  correctedQuery!: string | null;
}
