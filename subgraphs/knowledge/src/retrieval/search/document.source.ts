/** Documents as a source of the search. */
import { readableDocuments } from '../documents/document.store';
import type { RetrievalSource } from '../retrieval-source';

/** Of a document `d`: members, or exactly its owner and the accounts of `visibility`. */
const AUDIENCE = `case when d.visibility is null then 'DOCUMENT:members'
  else 'DOCUMENT:' || md5(d.owner_id::text || d.visibility::text) end`;

export const documentSource: RetrievalSource = {
  kind: 'DOCUMENT',
  typeName: 'Document',
  readableBy(viewer) {
    const { sql, parameters } = readableDocuments(viewer);
    return { sql: `exists (select 1 from knowledge.documents d where d.id = c.source_id and ${sql})`, parameters };
  },
  audience: `(select ${AUDIENCE} from knowledge.documents d where d.id = c.source_id)`,
  access({ id, permissions, roles }) {
    if (!permissions.includes('READ')) return { audiences: { sql: 'select null where false', parameters: [] } };
    const isMember = roles.some((role) => role !== 'GUEST');
    return {
      audiences: {
        sql: `select distinct ${AUDIENCE} from knowledge.documents d where d.visibility is not null
            and (d.owner_id = ?::uuid or d.visibility @> array[?::uuid])
          ${isMember ? "union all select 'DOCUMENT:members'" : ''}`,
        parameters: [id, id],
      },
    };
  },
};
