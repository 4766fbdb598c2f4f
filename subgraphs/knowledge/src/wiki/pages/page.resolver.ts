/** Pages in the graph. Holds no SQL and no permission logic. */
import { ApiError, notFound } from '@chat/kit/errors';
import type { FeedItem } from '@chat/kit/events/event-feed';
import { pageArgumentDescriptions as page } from '@chat/kit/graphql/connection';
import { viewerOf } from '@chat/kit/graphql/context';
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { textArgument } from '@chat/kit/graphql/text';
import {
  Arg,
  Ctx,
  Directive,
  FieldResolver,
  ID,
  Int,
  Mutation,
  Query,
  Resolver,
  Root,
  Subscription,
  type SubscribeResolverData,
} from 'type-graphql';
import type { KnowledgeContext } from '../../context';
import type { PageEntity } from './page.entity';
import { pageStream, type PageEvents } from './page.events';
import { CreatePageInput, UpdatePageInput } from './page.input';
import { PATH_MAX } from './page.path';
import { fromTemplate } from './page.template';
import { WantedPage, WikiDiff, WikiPage, WikiRevisionConnection } from './page.type';

@Resolver(() => WikiPage)
export class PageResolver {
  @Query(() => WikiPage, {
    description: 'A page by its path, or by an earlier path of it. NOT_FOUND if the viewer may not read it.',
  })
  wikiPage(
    @Ctx() { loaders }: KnowledgeContext,
    @Arg('slug', () => String, { validateFn: textArgument('slug', { max: PATH_MAX }), description: 'The path.' })
    slug: string,
    @Arg('locale', () => String, {
      nullable: true,
      validateFn: textArgument('locale', { max: 35 }),
      description: 'A language tag. A regional one falls back to its language. Without it, the oldest locale.',
    })
    locale?: string | null,
  ): Promise<PageEntity> {
    return loaders.page.pageAt(slug, locale);
  }

  @Query(() => WikiDiff, { description: 'The differences of two revisions of a page.' })
  wikiDiff(
    @Ctx() { em, services }: KnowledgeContext,
    @Arg('id', () => ID, { description: 'The page.' }) id: string,
    @Arg('from', () => Int, { description: 'The number of the earlier revision.' }) from: number,
    @Arg('to', () => Int, { description: 'The number of the later revision.' }) to: number,
  ) {
    return services.pages.wikiDiff(em, id, from, to);
  }

  @Directive(assumedSize(20))
  @Query(() => [WantedPage], {
    description: 'Paths that readable pages link to and that no page has, the most wanted first; at most 200.',
  })
  wantedWikiPages(@Ctx() { loaders }: KnowledgeContext) {
    return loaders.page.wantedPages();
  }

  @Mutation(() => WikiPage, {
    description:
      'Creates a page. Requires WRITE, and no guest may. CONFLICT if the path is taken in this locale. If its category asks for approval, the page is not published until then.',
  })
  async createWikiPage(
    @Ctx() context: KnowledgeContext,
    @Arg('input', () => CreatePageInput, { description: 'The new page.' }) input: CreatePageInput,
  ): Promise<PageEntity> {
    const template = input.templateId == null ? null : await context.loaders.page.requireTemplate(input.templateId);
    return context.services.pages.createWikiPage(context.em, viewerOf(context), fromTemplate(input, template));
  }

  @Mutation(() => WikiPage, {
    description:
      'Changes a page in a new revision. If the page has changed since `baseVersion`, both changes are merged; CONFLICT with `currentVersion` if they overlap. If the category asks for approval, the page stays as it is and the change waits.',
  })
  async updateWikiPage(
    @Ctx() context: KnowledgeContext,
    @Arg('input', () => UpdatePageInput, { description: 'The changes.' }) input: UpdatePageInput,
  ): Promise<PageEntity> {
    const updated = await context.services.pages.updateWikiPage(context.em, viewerOf(context), input);
    context.loaders.page.clear(updated.id);
    return updated;
  }

  @Mutation(() => WikiPage, { description: 'Adds a revision with the content of an earlier one.' })
  async rollbackWikiPage(
    @Ctx() context: KnowledgeContext,
    @Arg('id', () => ID, { description: 'The page.' }) id: string,
    @Arg('version', () => Int, { description: 'The number of the earlier revision.' }) version: number,
  ): Promise<PageEntity> {
    const rolledBack = await context.services.pages.rollbackWikiPage(context.em, viewerOf(context), id, version);
    context.loaders.page.clear(rolledBack.id);
    return rolledBack;
  }

  @Mutation(() => Boolean, {
    description: 'Deletes a page with its revisions. Requires its creator, DELETE, or a grant.',
  })
  async deleteWikiPage(
    @Ctx() { em, loaders, services }: KnowledgeContext,
    @Arg('id', () => ID, { description: 'The page.' }) id: string,
  ): Promise<boolean> {
    await services.pages.deleteWikiPage(em, id);
    loaders.page.clear(id);
    return true;
  }

  @Mutation(() => WikiPage, {
    description:
      'Restricts a page to its creator, administrators and accounts with a grant on `WikiPage`, or opens it. Requires its creator or an administrator.',
  })
  async restrictWikiPage(
    @Ctx() { em, loaders, services }: KnowledgeContext,
    @Arg('id', () => ID, { description: 'The page.' }) id: string,
    @Arg('isRestricted', () => Boolean, { description: 'Whether it is restricted.' }) isRestricted: boolean,
  ): Promise<PageEntity> {
    const restricted = await services.pages.set(em, id, { isRestricted });
    loaders.page.clear(id);
    return restricted;
  }

  @Mutation(() => WikiPage, {
    description:
      'Locks a page, so that only its creator, moderators and accounts with a grant of WRITE change it; or unlocks it. Requires its creator or an administrator.',
  })
  async lockWikiPage(
    @Ctx() { em, loaders, services }: KnowledgeContext,
    @Arg('id', () => ID, { description: 'The page.' }) id: string,
    @Arg('isLocked', () => Boolean, { description: 'Whether it is locked.' }) isLocked: boolean,
  ): Promise<PageEntity> {
    const locked = await services.pages.set(em, id, { isLocked });
    loaders.page.clear(id);
    return locked;
  }

  @Mutation(() => WikiPage, {
    description: 'Offers a page as a template, or ends that. Requires its creator or an administrator.',
  })
  async markWikiTemplate(
    @Ctx() { em, loaders, services }: KnowledgeContext,
    @Arg('id', () => ID, { description: 'The page.' }) id: string,
    @Arg('isTemplate', () => Boolean, { description: 'Whether it is a template.' }) isTemplate: boolean,
  ): Promise<PageEntity> {
    const marked = await services.pages.set(em, id, { isTemplate });
    loaders.page.clear(id);
    return marked;
  }

  @Directive(assumedSize(20))
  @Query(() => [WikiPage], { description: 'The templates that the viewer may read, oldest first; at most 1,000.' })
  wikiTemplates(@Ctx() { loaders }: KnowledgeContext): Promise<PageEntity[]> {
    return loaders.page.templates();
  }

  @FieldResolver()
  attachments(@Root() entity: PageEntity, @Ctx() { loaders }: KnowledgeContext) {
    return loaders.page.attachments(entity);
  }

  @FieldResolver()
  bodyHtml(@Root() { body }: PageEntity, @Ctx() { services }: KnowledgeContext): Promise<string> {
    return services.pageReader.html(body);
  }

  @FieldResolver()
  category(@Root() entity: PageEntity, @Ctx() { loaders }: KnowledgeContext) {
    return loaders.page.categoryOf(entity);
  }

  @FieldResolver()
  backlinks(@Root() entity: PageEntity, @Ctx() { loaders }: KnowledgeContext) {
    return loaders.page.backlinks(entity);
  }

  @FieldResolver()
  translations(@Root() entity: PageEntity, @Ctx() { loaders }: KnowledgeContext) {
    return loaders.page.translations(entity);
  }

  @FieldResolver()
  createdBy(@Root() entity: PageEntity): { id: string } {
    return { id: entity.createdBy };
  }

  @FieldResolver()
  updatedBy(@Root() entity: PageEntity): { id: string } {
    return { id: entity.updatedBy };
  }

  @FieldResolver(() => WikiRevisionConnection, { description: 'The revisions, newest first.' })
  async revisions(
    @Root() { id }: PageEntity,
    @Ctx() { em, services }: KnowledgeContext,
    @Arg('first', () => Int, { nullable: true, description: page.first }) first?: number | null,
    @Arg('after', () => String, { nullable: true, description: page.after }) after?: string | null,
    @Arg('last', () => Int, { nullable: true, description: page.last }) last?: number | null,
    @Arg('before', () => String, { nullable: true, description: page.before }) before?: string | null,
  ) {
    return services.pages.revisions(em, id, { first, after, last, before });
  }

  @Subscription(() => WikiPage, {
    description:
      'The page after each change of it. Ends with NOT_FOUND if the page is deleted; SUBSCRIPTION_INTERRUPTED if events were lost.',
    subscribe: ({ args, context }: SubscribeResolverData<unknown, { id: string }, KnowledgeContext>) =>
      context.feed.open(pageStream.of(args.id.toLowerCase())),
  })
  async wikiPageChanged(
    @Root() item: FeedItem<PageEvents>,
    @Ctx() { loaders }: KnowledgeContext,
    @Arg('id', () => ID, { description: 'The page to follow.' }) id: string,
  ): Promise<PageEntity> {
    if (item.kind === 'gap')
      throw new ApiError('SUBSCRIPTION_INTERRUPTED', 'Earlier events are no longer kept. Read the page again.');
    if (item.row.type === 'PageDeleted') throw notFound('Page');
    return loaders.page.requirePage(id);
  }
}
