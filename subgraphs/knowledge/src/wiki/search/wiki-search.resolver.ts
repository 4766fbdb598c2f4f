/** The wiki's search in the graph. */
import { pageArgumentDescriptions as page } from '@chat/kit/graphql/connection';
import { viewerOf } from '@chat/kit/graphql/context';
import { textArgument } from '@chat/kit/graphql/text';
import { Arg, Ctx, ID, Int, Query, Resolver } from 'type-graphql';
import type { KnowledgeContext } from '../../context';
import { WikiSearchConnection } from './wiki-search.type';

@Resolver()
export class WikiSearchResolver {
  @Query(() => WikiSearchConnection, {
    description:
      'Pages that the viewer may read and that match all words in any German or English form. Phrases in quotation marks, `-word` and `or` work.',
  })
  searchWiki(
    @Ctx() context: KnowledgeContext,
    @Arg('query', () => String, {
      validateFn: textArgument('query', { max: 500, isSearch: true }),
      description: 'Up to 500 characters.',
    })
    query: string,
    @Arg('category', () => ID, { nullable: true, description: 'Only pages in this category and below.' })
    category?: string | null,
    @Arg('tags', () => [String], {
      nullable: true,
      validateFn: textArgument('tags', { max: 50 }),
      description: 'Only pages with all these tags.',
    })
    tags?: string[] | null,
    @Arg('locale', () => String, {
      nullable: true,
      validateFn: textArgument('locale', { max: 35 }),
      description: 'Only pages in this locale.',
    })
    locale?: string | null,
    @Arg('first', () => Int, { nullable: true, description: page.first }) first?: number | null,
    @Arg('after', () => String, { nullable: true, description: page.after }) after?: string | null,
    @Arg('last', () => Int, { nullable: true, description: page.last }) last?: number | null,
    @Arg('before', () => String, { nullable: true, description: page.before }) before?: string | null,
  ) {
    const { em, services } = context;
    return services.wikiSearch.searchWiki(em, viewerOf(context), {
      query,
      category,
      tags,
      locale,
      first,
      after,
      last,
      before,
    });
  }
}
