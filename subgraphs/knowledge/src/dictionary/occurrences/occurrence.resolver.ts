/** The terms that occur in messages and pages. */
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { Ctx, Directive, FieldResolver, Resolver, Root } from 'type-graphql';
import type { KnowledgeContext } from '../../context';
import type { PageEntity } from '../../wiki/pages/page.entity';
import { WikiPage } from '../../wiki/pages/page.type';
import type { TermRow } from '../terms/term.store';
import { Term } from '../terms/term.type';
import { Message } from './message.type';

async function termsIn(
  { loaders, services }: Pick<KnowledgeContext, 'loaders' | 'services'>,
  text: string,
): Promise<TermRow[]> {
  const ids = await services.termFinder.find(text);
  const terms = await Promise.all(ids.map((id) => loaders.term.termById(id)));
  return terms.filter((term) => term !== null);
}

@Resolver(() => Message)
export class MessageTermsResolver {
  @Directive('@requires(fields: "body")')
  @Directive(assumedSize(5))
  @FieldResolver(() => [Term], {
    description: 'The terms of the dictionary in the message, in order of appearance. New terms appear within seconds.',
  })
  terms(@Root() { body }: Message, @Ctx() { loaders, services }: KnowledgeContext): Promise<TermRow[]> {
    return termsIn({ loaders, services }, body);
  }
}

@Resolver(() => WikiPage)
export class PageTermsResolver {
  @Directive(assumedSize(5))
  @FieldResolver(() => [Term], {
    description: 'The terms of the dictionary in the page, in order of appearance. New terms appear within seconds.',
  })
  terms(@Root() { title, body }: PageEntity, @Ctx() { loaders, services }: KnowledgeContext): Promise<TermRow[]> {
    return termsIn({ loaders, services }, `${title}\n${body}`);
  }
}
