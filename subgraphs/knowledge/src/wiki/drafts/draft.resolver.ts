/** Drafts and approval in the graph. Holds no SQL and no permission logic. */
import { notFound } from '@chat/kit/errors';
import { viewerOf } from '@chat/kit/graphql/context';
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { textArgument } from '@chat/kit/graphql/text';
import { Arg, Ctx, Directive, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { KnowledgeContext } from '../../context';
import { SUMMARY } from '../pages/page.input';
import { WikiPage } from '../pages/page.type';
import { SaveWikiDraftInput } from './draft.input';
import type { DraftRow } from './draft.store';
import { WikiDraft } from './draft.type';

const THE_DRAFT = { description: 'The draft.' };
const THE_CHANGE = { description: 'The change that waits.' };

@Resolver(() => WikiDraft)
export class DraftResolver {
  @Directive(assumedSize(20))
  @Query(() => [WikiDraft], {
    description: "The viewer's drafts and changes that wait or were rejected, newest first; at most 200.",
  })
  myWikiDrafts(@Ctx() context: KnowledgeContext) {
    return context.services.drafts.myWikiDrafts(context.em, viewerOf(context));
  }

  @Directive(assumedSize(20))
  @Query(() => [WikiDraft], { description: 'The changes on which the viewer decides, oldest first; at most 200.' })
  wikiChangesToApprove(@Ctx() context: KnowledgeContext) {
    return context.services.drafts.wikiChangesToApprove(context.em, viewerOf(context));
  }

  @Mutation(() => WikiDraft, { description: 'Saves a draft, which only its author reads.' })
  saveWikiDraft(
    @Ctx() context: KnowledgeContext,
    @Arg('input', () => SaveWikiDraftInput, THE_DRAFT) input: SaveWikiDraftInput,
  ) {
    return context.services.drafts.saveWikiDraft(context.em, viewerOf(context), input);
  }

  @Mutation(() => WikiPage, {
    description:
      'Publishes a draft: creates its page, or changes it as `updateWikiPage` does. CONFLICT if the page has changed in the same places; the draft stays then.',
  })
  async publishWikiDraft(@Ctx() context: KnowledgeContext, @Arg('id', () => ID, THE_DRAFT) id: string) {
    const { em, loaders, services } = context;
    const draft = await requireDraft(context, id);
    const page = await services.drafts.publishWikiDraft(em, viewerOf(context), draft);
    loaders.page.clear(page.id);
    return page;
  }

  @Mutation(() => Boolean, { description: 'Deletes a draft, or takes back a change that waits. Requires its author.' })
  async deleteWikiDraft(@Ctx() { em, services }: KnowledgeContext, @Arg('id', () => ID, THE_DRAFT) id: string) {
    await services.drafts.deleteWikiDraft(em, id);
    return true;
  }

  @Mutation(() => WikiPage, {
    description:
      'Publishes a change that waits, as a revision of its author. CONFLICT if the page has changed in the same places. Requires the creator of the category that asks for approval, a moderator, or a grant of MANAGE.',
  })
  async approveWikiChange(@Ctx() context: KnowledgeContext, @Arg('id', () => ID, THE_CHANGE) id: string) {
    const { em, loaders, services } = context;
    const page = await services.pages.approveWikiChange(em, viewerOf(context), await requireDraft(context, id));
    loaders.page.clear(page.id);
    return page;
  }

  @Mutation(() => WikiDraft, {
    description: 'Returns a change that waits to its author. Requires the same as approval.',
  })
  rejectWikiChange(
    @Ctx() { em, services }: KnowledgeContext,
    @Arg('id', () => ID, THE_CHANGE) id: string,
    @Arg('note', () => String, {
      nullable: true,
      validateFn: textArgument('note', SUMMARY),
      description: 'The reason, up to 500 characters.',
    })
    note?: string | null,
  ) {
    return services.drafts.rejectWikiChange(em, id, note ?? null);
  }

  @FieldResolver()
  page(@Root() { pageId }: DraftRow, @Ctx() { loaders }: KnowledgeContext) {
    return pageId === null ? null : loaders.page.accessPage(pageId);
  }

  @FieldResolver()
  author(@Root() { authorId }: DraftRow): { id: string } {
    return { id: authorId };
  }
}

/** The policy has found it; it may have gone since. */
async function requireDraft({ em, services, viewer }: KnowledgeContext, id: string): Promise<DraftRow> {
  const draft = await services.drafts.accessDraft(em, viewer, id);
  if (!draft) throw notFound('Draft');
  return draft;
}
