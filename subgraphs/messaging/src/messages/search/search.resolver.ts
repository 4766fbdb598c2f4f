/** GraphQL resolvers for search. */
// cspell:words Koeln Köln
import { textArgument } from '@chat/kit/graphql/text';
import { pageArgumentDescriptions } from '@chat/kit/graphql/connection';
import { viewerOf } from '@chat/kit/graphql/context';
import { Arg, Ctx, ID, Int, Query, Resolver } from 'type-graphql';
import type { MessagingContext } from '../../context';
import { MAX_CANDIDATES, MAX_INDEXED, MAX_READ } from './search-matching';
import { searchMessages } from './search.service';
import { MessageSearchResultConnection } from './search.type';

@Resolver()
export class SearchResolver {
  @Query(() => MessageSearchResultConnection, {
    description: `Searches messages that the viewer may read. Ranks at most the ${MAX_CANDIDATES} newest matches, best match first, then newest. Ignores German and English word forms, case, accents and umlaut spellings (Köln, Koeln). Each part of an identifier, path, address or ticket key is a word. Stop words (the, und) count only if there are no other words. If more than about ${MAX_INDEXED} messages have the words, or if there are only exclusions or operators, the search covers the newest ${MAX_READ} messages of the authors after from:, or else of the channels, in equal shares; before: moves it further back.`,
  })
  async searchMessages(
    @Ctx() context: MessagingContext,
    @Arg('query', () => String, {
      validateFn: textArgument('query', { min: 0, max: 500, isSearch: true }),
      description:
        'Words in any form, "phrases" or “phrases” as written, -excluded words, -"excluded phrases", or; with from:name in:channel before:2026-02-28 after:2026-02-28 has:link has:file. 1 to 500 characters.',
    })
    query: string,
    @Arg('channelId', () => ID, { nullable: true, description: 'Limits the search to this channel.' })
    channelId?: string,
    @Arg('first', () => Int, { nullable: true, description: pageArgumentDescriptions.first }) first?: number,
    @Arg('after', () => String, { nullable: true, description: pageArgumentDescriptions.after }) after?: string,
    @Arg('last', () => Int, { nullable: true, description: pageArgumentDescriptions.last }) last?: number,
    @Arg('before', () => String, { nullable: true, description: pageArgumentDescriptions.before }) before?: string,
  ) {
    const viewer = viewerOf(context);
    const granted = await context.grants.ids(viewer, 'READ', 'Channel');
    return searchMessages(context.em, context.services.texts, viewer.id, granted, {
      query,
      channelId,
      first,
      after,
      last,
      before,
    });
  }
}
