/** Documents in the graph. */
import { Directive, Field, Float, GraphQLISODateTime, ID, Int, ObjectType, registerEnumType } from 'type-graphql';

export enum DocumentStatus {
  PENDING = 'PENDING',
  INDEXED = 'INDEXED',
  FAILED = 'FAILED',
}

registerEnumType(DocumentStatus, {
  name: 'DocumentStatus',
  description: 'The progress of a document into the search.',
  valuesConfig: {
    PENDING: { description: 'Its text is being read. The search does not find it yet.' },
    INDEXED: { description: 'The search finds it.' },
    FAILED: { description: 'Its text could not be read. `error` gives the reason.' },
  },
});

export enum DocumentOrigin {
  TEXT = 'TEXT',
  FILE = 'FILE',
  URL = 'URL',
}

registerEnumType(DocumentOrigin, {
  name: 'DocumentOrigin',
  description: 'The origin of a text.',
  valuesConfig: {
    TEXT: { description: 'It was given with the document.' },
    FILE: { description: 'An uploaded file.' },
    URL: { description: 'A page of another server.' },
  },
});

@Directive('@key(fields: "id")')
@ObjectType({
  simpleResolvers: true,
  description: 'A text for the search and for answers. NOT_FOUND for accounts that may not read it.',
})
export class Document {
  @Field(() => ID, { description: 'Opaque and permanent (UUIDv7).' })
  id!: string;

  @Field({ description: 'The title, in one line.' })
  title!: string;

  @Field(() => DocumentStatus, { description: 'Whether the search finds it.' })
  status!: DocumentStatus;

  @Field(() => Int, { description: 'The number of passages in which the search finds it; 0 for a text without words.' })
  chunkCount!: number;

  @Field(() => Int, {
    description:
      'The number of passages that are embedded, so that searches by meaning rank them. Grows in the background.',
  })
  embeddedCount!: number;

  @Field(() => String, {
    nullable: true,
    description:
      'The reason of a failure; null otherwise. If a new reading of its URL failed, it stays INDEXED with its earlier text.',
  })
  error!: string | null;

  @Field(() => DocumentOrigin, { description: 'The origin of its text.' })
  source!: DocumentOrigin;

  @Field(() => String, { nullable: true, description: 'The URL that it was read from; null for other origins.' })
  url!: string | null;

  @Field(() => GraphQLISODateTime, {
    nullable: true,
    description: 'The time at which its URL was last read; null before that, and for other origins.',
  })
  fetchedAt!: Date | null;

  @Field(() => GraphQLISODateTime, { description: 'The time at which it was added.' })
  createdAt!: Date;
}

@ObjectType({ description: 'A document that resembles another one.' })
export class SimilarDocument {
  @Field(() => Float, { description: 'The resemblance, from 0 to 1.' })
  score!: number;

  @Field(() => Document, { description: 'The document.' })
  document!: Document;
}
