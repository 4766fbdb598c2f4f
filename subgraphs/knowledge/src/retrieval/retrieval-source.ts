/** A kind of source that retrieval searches, and the condition under which a viewer reads it. Holds no query. */
import type { Viewer } from '@chat/kit/auth/viewer';
import type { SourceKind } from './indexing/chunk.store';

export interface SqlCondition {
  /** May name columns of `knowledge.chunks` as `c`. */
  sql: string;
  parameters: readonly unknown[];
}

/** Statements of one text column each. */
export interface SourceAccess {
  /** The audiences of the viewer. */
  audiences: SqlCondition;
  /** The ids of further single sources that the viewer reads, if there are any. */
  sources?: SqlCondition;
}

export interface RetrievalSource {
  kind: SourceKind;
  /** The GraphQL type of its objects. */
  typeName: string;
  /** True of the chunks that the viewer may read. Part of each query of a search, never applied to its results. */
  readableBy(viewer: Viewer): SqlCondition | Promise<SqlCondition>;
  /**
   * An SQL expression over the chunk `c`: the key of the set of its readers, which vector stores keep beside a vector. Begins with the
   * kind. When it changes for a source, `storeAgain` must be called in the same transaction.
   */
  audience: string;
  /** The same access as `readableBy`, as keys for a vector store's own filter. It never grants more. */
  access(viewer: Viewer): SourceAccess | Promise<SourceAccess>;
}
