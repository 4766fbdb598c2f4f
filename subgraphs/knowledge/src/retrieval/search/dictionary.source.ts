/** Approved terms of the dictionary as a source of the search. Each account that may read reads all of them, guests too. */
import type { RetrievalSource } from '../retrieval-source';

export const dictionarySource: RetrievalSource = {
  kind: 'DICTIONARY',
  typeName: 'Term',
  /** A term that is no longer approved is not found from that moment. */
  readableBy: ({ permissions }) => ({
    sql: permissions.includes('READ')
      ? `exists (select 1 from knowledge.terms t where t.id = c.source_id and t.status = 'APPROVED')`
      : 'false',
    parameters: [],
  }),
  audience: `'DICTIONARY:all'`,
  access: ({ permissions }) => ({
    audiences: { sql: `select 'DICTIONARY:all' where ${permissions.includes('READ')}`, parameters: [] },
  }),
};
