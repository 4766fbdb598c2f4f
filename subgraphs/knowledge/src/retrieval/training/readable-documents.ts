/** Documents that everybody may read, for measurements and tests of the search itself. */
import type { RetrievalSource } from '../retrieval-source';

export const READABLE_DOCUMENTS: RetrievalSource = {
  kind: 'DOCUMENT',
  typeName: 'Document',
  readableBy: () => ({ sql: 'true', parameters: [] }),
  audience: `'DOCUMENT:all'`,
  access: () => ({ audiences: { sql: `select 'DOCUMENT:all'`, parameters: [] } }),
};
