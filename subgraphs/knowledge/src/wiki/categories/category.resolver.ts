/** Categories in the graph. Holds no SQL and no permission logic. */
import { viewerOf } from '@chat/kit/graphql/context';
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { Arg, Ctx, Directive, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { KnowledgeContext } from '../../context';
import type { CategoryRow } from './category.service';
import { WikiCategory } from './category.type';

@Resolver(() => WikiCategory)
export class CategoryResolver {
  @Directive(assumedSize(20))
  @Query(() => [WikiCategory], { description: 'The categories that the viewer may see, sorted by path.' })
  wikiCategories(@Ctx() context: KnowledgeContext) {
    return context.services.categories.wikiCategories(context.em, viewerOf(context));
  }

  @FieldResolver()
  pageCount(@Root() category: CategoryRow & { pageCount?: number }, @Ctx() { em, services, viewer }: KnowledgeContext) {
    return category.pageCount ?? services.categories.pageCount(em, viewer, category.id);
  }

  @Mutation(() => WikiCategory, {
    description:
      'Restricts a category with all categories and pages below it to accounts with a grant on `WikiCategory`, or opens it. Requires its creator or an administrator.',
  })
  restrictWikiCategory(
    @Arg('id', () => ID, { description: 'The category.' }) id: string,
    @Arg('isRestricted', () => Boolean, { description: 'Whether it is restricted.' }) isRestricted: boolean,
    @Ctx() { em, services }: KnowledgeContext,
  ) {
    return services.categories.set(em, id, 'is_restricted', isRestricted);
  }

  @Mutation(() => WikiCategory, {
    description:
      'Locks a category with all below it, so that only its creator, moderators and accounts with a grant of WRITE change pages there; or unlocks it. Requires its creator or an administrator.',
  })
  lockWikiCategory(
    @Arg('id', () => ID, { description: 'The category.' }) id: string,
    @Arg('isLocked', () => Boolean, { description: 'Whether it is locked.' }) isLocked: boolean,
    @Ctx() { em, services }: KnowledgeContext,
  ) {
    return services.categories.set(em, id, 'is_locked', isLocked);
  }

  @Mutation(() => WikiCategory, {
    description:
      'Decides whether changes of pages in a category, and below it, wait for approval by its creator, moderators or accounts with a grant of MANAGE. Requires its creator or an administrator.',
  })
  setWikiCategoryApproval(
    @Arg('id', () => ID, { description: 'The category.' }) id: string,
    @Arg('requiresApproval', () => Boolean, { description: 'Whether changes wait.' }) requiresApproval: boolean,
    @Ctx() { em, services }: KnowledgeContext,
  ) {
    return services.categories.set(em, id, 'requires_approval', requiresApproval);
  }
}
