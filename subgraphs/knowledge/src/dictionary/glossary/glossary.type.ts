/** Formats and results of glossaries as clients see them. */
// cspell:words martif
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { Directive, Field, Int, ObjectType, registerEnumType } from 'type-graphql';

export enum GlossaryFormat {
  TBX_DCA = 'TBX_DCA',
  TBX_DCT = 'TBX_DCT',
  TBX_BASIC = 'TBX_BASIC',
  CSV = 'CSV',
}

registerEnumType(GlossaryFormat, {
  name: 'GlossaryFormat',
  description: 'The format of a glossary. An import reads each form of TBX by each of its values.',
  valuesConfig: {
    TBX_DCA: { description: 'TBX version 3 (ISO 30042:2019), data categories as attributes.' },
    TBX_DCT: { description: 'TBX version 3 (ISO 30042:2019), data categories as tags.' },
    TBX_BASIC: { description: 'TBX-Basic of version 2 (`martif`), with its DOCTYPE.' },
    CSV: { description: 'One term a row, with a row of names; only `term` is required.' },
  },
});

@ObjectType({ simpleResolvers: true, description: 'A term that an import left out.' })
export class SkippedTerm {
  @Field({ description: 'The term.' })
  term!: string;

  @Field({ description: 'The reason.' })
  reason!: string;
}

@ObjectType({ simpleResolvers: true, description: 'The result of an import.' })
export class GlossaryImport {
  @Field(() => Int, { description: 'The number of new terms.' })
  created!: number;

  @Field(() => Int, { description: 'The number of changed terms.' })
  updated!: number;

  @Field(() => Int, { description: 'The number of terms that were there already.' })
  unchanged!: number;

  @Field(() => Int, { description: 'The number of terms that were left out.' })
  skippedCount!: number;

  @Directive(assumedSize(20))
  @Field(() => [SkippedTerm], { description: 'The terms that were left out, with the reason; at most 100.' })
  skipped!: SkippedTerm[];
}
