/** Glossaries in the graph. Holds no SQL and no permission logic. */
import { viewerOf } from '@chat/kit/graphql/context';
import { textArgument } from '@chat/kit/graphql/text';
import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import type { KnowledgeContext } from '../../context';
import { GlossaryFormat, GlossaryImport } from './glossary.type';

const CONTENT = { max: 5_000_000, multiline: true };
const THE_FORMAT = { description: 'The format.' };

@Resolver()
export class GlossaryResolver {
  @Query(() => String, { description: 'The dictionary as a file. LIMIT_EXCEEDED for more than 20,000 terms.' })
  exportGlossary(
    @Ctx() { em, services }: KnowledgeContext,
    @Arg('format', () => GlossaryFormat, THE_FORMAT) format: GlossaryFormat,
    @Arg('locale', () => String, {
      nullable: true,
      validateFn: textArgument('locale', { max: 35 }),
      description: 'Only terms in this locale, or in its language.',
    })
    locale?: string | null,
  ): Promise<string> {
    return services.glossaries.exportGlossary(em, format, locale);
  }

  @Mutation(() => GlossaryImport, {
    description:
      'Adds the terms of a file, with their states, and changes those that the dictionary has. A term without a state is PROPOSED. At most 20,000 terms. Requires DELETE.',
  })
  async importGlossary(
    @Ctx() context: KnowledgeContext,
    @Arg('format', () => GlossaryFormat, THE_FORMAT) format: GlossaryFormat,
    @Arg('content', () => String, {
      validateFn: textArgument('content', CONTENT),
      description: 'The text of the file, up to 5,000,000 characters.',
    })
    content: string,
  ): Promise<GlossaryImport> {
    const { em, loaders, services } = context;
    const result = await services.glossaries.importGlossary(em, viewerOf(context), format, content);
    loaders.term.clear();
    return result;
  }
}
