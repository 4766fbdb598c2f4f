/** The sources that a viewer may read: as a condition for PostgreSQL, and as keys for a vector store. Both are parts of a query. */
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import type { SourceKind } from '../indexing/chunk.store';
import type { RetrievalSource, SqlCondition } from '../retrieval-source';
import type { VectorAccess } from '../vectors/stores/vector-store';

/** Keys of one query. Beyond them a viewer finds a passage by words only. */
const MAX_KEYS = 20_000;

export class ReadableSources {
  private readonly sources: readonly RetrievalSource[];

  constructor(
    all: readonly RetrievalSource[],
    private readonly viewer: Viewer,
    kinds?: readonly SourceKind[] | null,
  ) {
    this.sources = all.filter(({ kind }) => !kinds || kinds.includes(kind));
  }

  /** Undefined if none of the wanted kinds exists. */
  async condition(): Promise<SqlCondition | undefined> {
    if (this.sources.length === 0) return undefined;
    const conditions = await Promise.all(
      this.sources.map(async (source) => ({ kind: source.kind, condition: await source.readableBy(this.viewer) })),
    );
    return {
      sql: conditions.map(({ condition }) => `(c.source = ? and (${condition.sql}))`).join(' or '),
      parameters: conditions.flatMap(({ kind, condition }) => [kind, ...condition.parameters]),
    };
  }

  async keys(em: EntityManager): Promise<VectorAccess> {
    const access = await Promise.all(this.sources.map(async (source) => source.access(this.viewer)));
    const read = async (parts: readonly SqlCondition[]): Promise<string[]> => {
      if (parts.length === 0) return [];
      const rows = await em.execute<{ key: string }[]>(
        `select k.key from (${parts.map(({ sql }) => `(${sql})`).join(' union all ')}) as k(key) limit ${MAX_KEYS}`,
        parts.flatMap(({ parameters }) => parameters),
      );
      return rows.map(({ key }) => key);
    };
    return {
      audiences: await read(access.map(({ audiences }) => audiences)),
      sources: await read(access.flatMap(({ sources }) => sources ?? [])),
    };
  }
}
