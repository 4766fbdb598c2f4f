/** The search in the graph. Holds no SQL and no permission logic. */
import { viewerOf } from '@chat/kit/graphql/context';
import { slicedBy } from '@chat/kit/graphql/list-sizes';
import { textArgument } from '@chat/kit/graphql/text';
import { Arg, Ctx, Directive, Int, Query, Resolver } from 'type-graphql';
import type { KnowledgeContext } from '../../context';
import { limitOf } from '../limits';
import { loadSource } from './load-source';
import { KnowledgeSource, SearchResult } from './search.type';

/** In Unicode code points. */
const MAX_QUERY = 20_000;

@Resolver()
export class SearchResolver {
  @Directive(slicedBy('limit'))
  @Query(() => [SearchResult], {
    description:
      'Passages that match a question or words, the most relevant first. Covers only sources that the viewer may read.',
  })
  async semanticSearch(
    @Ctx() context: KnowledgeContext,
    @Arg('query', () => String, {
      description: 'A question or words, German or English. Words beyond the first 64 do not count.',
      validateFn: textArgument('query', { max: MAX_QUERY, min: 0, multiline: true }),
    })
    query: string,
    @Arg('sources', () => [KnowledgeSource], { nullable: true, description: 'The kinds of sources; all by default.' })
    sources?: KnowledgeSource[] | null,
    @Arg('limit', () => Int, { nullable: true, description: 'How many, from 1 to 50; 10 by default.' })
    limit?: number | null,
  ) {
    const { em, services } = context;
    const hits = await services.searches.search(em, viewerOf(context), query, {
      kinds: sources,
      limit: limitOf(limit),
    });
    const loaded = await Promise.all(hits.map((hit) => loadSource(context, hit)));
    return hits.map(({ score, text }, i) => ({ score, text, source: loaded[i]! }));
  }
}
