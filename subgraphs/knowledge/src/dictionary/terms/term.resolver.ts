/** Terms in the graph. Holds no SQL and no permission logic. */
import { viewerOf } from '@chat/kit/graphql/context';
import { slicedBy } from '@chat/kit/graphql/list-sizes';
import { textArgument } from '@chat/kit/graphql/text';
import { Arg, Ctx, Directive, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { KnowledgeContext } from '../../context';
import { CreateTermInput, SetTermStatusInput, TERM, UpdateTermInput } from './term.input';
import { completeTerm } from './term.completion';
import { lookupTerm } from './term.lookup';
import type { TermRow } from './term.store';
import { Term } from './term.type';

const LOCALE = { max: 35 };

@Resolver(() => Term)
export class TermResolver {
  @Query(() => Term, {
    nullable: true,
    description:
      'The term for a word or phrase in any inflected form, by a synonym or by an abbreviation; null if there is none.',
  })
  lookupTerm(
    @Ctx() { em }: KnowledgeContext,
    @Arg('term', () => String, {
      validateFn: textArgument('term', { ...TERM, isSearch: true }),
      description: 'The word or phrase.',
    })
    term: string,
    @Arg('locale', () => String, {
      nullable: true,
      validateFn: textArgument('locale', LOCALE),
      description: 'Only terms in this locale, or in its language.',
    })
    locale?: string | null,
  ): Promise<TermRow | null> {
    return lookupTerm(em, term, locale);
  }

  @Directive(slicedBy('limit'))
  @Query(() => [Term], {
    description: 'Terms that begin with a text or are similar to it, best first. Synonyms lead to their term.',
  })
  completeTerm(
    @Ctx() { em }: KnowledgeContext,
    @Arg('prefix', () => String, {
      validateFn: textArgument('prefix', { ...TERM, isSearch: true }),
      description: 'The beginning of the term.',
    })
    prefix: string,
    @Arg('locale', () => String, {
      nullable: true,
      validateFn: textArgument('locale', LOCALE),
      description: 'Only terms in this locale, or in its language.',
    })
    locale?: string | null,
    @Arg('limit', () => Int, { nullable: true, defaultValue: 10, description: 'How many: 1 to 100, default 10.' })
    limit?: number | null,
  ): Promise<TermRow[]> {
    return completeTerm(em, prefix, locale, limit);
  }

  @Mutation(() => Term, {
    description: 'Creates a term. It is PROPOSED, or APPROVED if a moderator creates it. No guest may.',
  })
  async createTerm(
    @Ctx() context: KnowledgeContext,
    @Arg('input', () => CreateTermInput, { description: 'The new term.' }) input: CreateTermInput,
  ): Promise<TermRow> {
    const term = await context.services.terms.createTerm(context.em, viewerOf(context), input);
    context.loaders.term.clear();
    return term;
  }

  @Mutation(() => Term, { description: 'Changes a term. No guest may.' })
  async updateTerm(
    @Ctx() { em, loaders, services }: KnowledgeContext,
    @Arg('input', () => UpdateTermInput, { description: 'The changes.' }) input: UpdateTermInput,
  ): Promise<TermRow> {
    const term = await services.terms.updateTerm(em, input);
    loaders.term.clear();
    return term;
  }

  @Mutation(() => Term, { description: 'Approves or deprecates a term. Requires DELETE.' })
  async setTermStatus(
    @Ctx() { em, loaders, services }: KnowledgeContext,
    @Arg('input', () => SetTermStatusInput, { description: 'The new state.' }) input: SetTermStatusInput,
  ): Promise<TermRow> {
    const term = await services.terms.setTermStatus(em, input);
    loaders.term.clear();
    return term;
  }

  @Mutation(() => Boolean, { description: 'Deletes a term. Requires its creator or DELETE.' })
  async deleteTerm(
    @Ctx() { em, loaders, services }: KnowledgeContext,
    @Arg('id', () => ID, { description: 'The term.' }) id: string,
  ): Promise<boolean> {
    await services.terms.deleteTerm(em, id);
    loaders.term.clear();
    return true;
  }

  @Mutation(() => Term, { description: 'Relates a term to others, in both directions. No guest may.' })
  async relateTerms(
    @Ctx() { em, loaders, services }: KnowledgeContext,
    @Arg('id', () => ID, { description: 'The term.' }) id: string,
    @Arg('relatedIds', () => [ID], { description: 'Up to 100 other terms.' }) relatedIds: string[],
  ): Promise<TermRow> {
    const term = await services.terms.relateTerms(em, id, relatedIds);
    loaders.term.clear();
    return term;
  }

  @FieldResolver()
  replacement(@Root() { replacementId }: TermRow, @Ctx() { loaders }: KnowledgeContext) {
    return replacementId === null ? null : loaders.term.termById(replacementId);
  }

  @FieldResolver()
  translations(@Root() term: TermRow, @Ctx() { loaders }: KnowledgeContext) {
    return loaders.term.translations(term);
  }

  @FieldResolver()
  related(@Root() term: TermRow, @Ctx() { loaders }: KnowledgeContext) {
    return loaders.term.related(term);
  }

  @FieldResolver()
  createdBy(@Root() term: TermRow): { id: string } {
    return { id: term.createdBy };
  }
}
