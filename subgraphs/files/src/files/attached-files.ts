/**
 * Which files an account sees because they are attached to something. Each subgraph that attaches files offers a function
 * `<schema>.visible_files(viewer uuid, file_ids uuid[])`, which returns those that the viewer sees there at this moment. So access to a file is
 * decided by the subgraph that holds the message, page or ticket, with one statement, and no subgraph calls another.
 */
import type { EntityManager } from '@chat/kit/database/database';
import { isMissingTable } from '@chat/kit/database/missing-table';

/** How long the list of functions is reused, in milliseconds: subgraphs are installed while this one runs. */
const KNOWN_MS = 10_000;

const UNDEFINED_FUNCTION = '42883';

export class AttachedFiles {
  private known: { schemas: string[]; until: number } | undefined;

  /** The ids among `fileIds` that are attached where the account sees them. */
  async seenBy(em: EntityManager, accountId: string, fileIds: readonly string[]): Promise<Set<string>> {
    const schemas = await this.schemas(em);
    const found = await Promise.all(schemas.map((schema) => seenIn(em, schema, accountId, fileIds)));
    return new Set(found.flat());
  }

  /** The ids among `fileIds` that are attached to anything. */
  async attached(em: EntityManager, fileIds: readonly string[]): Promise<Set<string>> {
    const schemas = await this.schemas(em);
    const found = await Promise.all(schemas.map((schema) => seenIn(em, schema, null, fileIds)));
    return new Set(found.flat());
  }

  private async schemas(em: EntityManager): Promise<string[]> {
    if (this.known && this.known.until > performance.now()) return this.known.schemas;
    const rows = await em.execute<{ name: string }[]>(
      `select n.nspname as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace
       where p.proname = 'visible_files' and p.pronargs = 2 order by 1`,
    );
    const schemas = rows.map(({ name }) => name);
    this.known = { schemas, until: performance.now() + KNOWN_MS };
    return schemas;
  }
}

async function seenIn(
  em: EntityManager,
  schema: string,
  accountId: string | null,
  fileIds: readonly string[],
): Promise<string[]> {
  const rows = await em
    .execute<{ id: string }[]>(
      `select visible as id from "${schema}".visible_files(?::uuid, array(select jsonb_array_elements_text(?::jsonb)::uuid)) as visible`,
      [accountId, JSON.stringify(fileIds)],
    )
    .catch((error: unknown) => {
      if (isMissingTable(error) || (error as { code?: string }).code === UNDEFINED_FUNCTION) return [];
      throw error;
    });
  return rows.map(({ id }) => id);
}
