/** Answers in the graph. */
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { VIEWER_DEPENDENT } from '@chat/kit/graphql/live-directives';
import { Directive, Field, Int, ObjectType } from 'type-graphql';
import { KnowledgeEntity } from '../retrieval/search/search.type';

@ObjectType({ description: 'The source of a statement.' })
export class Citation {
  @Field(() => Int, { description: 'The number in brackets in the answer, from 1.' })
  number!: number;

  @Field({
    description:
      'A sentence of the source that supports the statement, word for word, without comments and the targets of links and images.',
  })
  quote!: string;

  @Field(() => KnowledgeEntity, { nullable: true, description: 'The source; null if it was removed meanwhile.' })
  source!: object | null;
}

@ObjectType({ description: 'An answer with its sources.' })
export class Answer {
  @Field({
    description:
      'The text, with the numbers of citations in brackets. Holds no link, image or element. Says so if nothing relevant was found.',
  })
  answer!: string;

  @Field({
    description:
      'The model that wrote it; `extractive` if it quotes its sources, `none` if nothing relevant was found.',
  })
  provider!: string;

  @Directive(assumedSize(5))
  @Field(() => [Citation], { description: 'The sources. Empty if nothing relevant was found.' })
  citations!: Citation[];
}

@ObjectType({ description: 'A part of an answer that is being written.' })
export class AnswerPart {
  @Directive(VIEWER_DEPENDENT)
  @Field({ description: 'Text to append; empty in the last part.' })
  delta!: string;

  @Directive(VIEWER_DEPENDENT)
  @Field({ description: 'Whether it is the last part.' })
  done!: boolean;

  @Directive(VIEWER_DEPENDENT)
  @Directive(assumedSize(5))
  @Field(() => [Citation], { description: 'The sources, in the last part; empty before.' })
  citations!: Citation[];
}
