/** Messages of channels that opted in as a source of the search. Messaging decides about access, within the query. */
import type { Grants } from '@chat/identity-client/access/grants';
import type { Viewer } from '@chat/kit/auth/viewer';
import { RETRIEVABLE_MESSAGES, retrievableChannels, type Messaging } from '../messages/messaging';
import type { RetrievalSource, SqlCondition } from '../retrieval-source';

export function messageSource(grants: Grants, messaging: Messaging): RetrievalSource {
  /** Undefined if the viewer reads none. */
  const channelsOf = async (viewer: Viewer): Promise<SqlCondition | undefined> => {
    if (!viewer.permissions.includes('READ') || !(await messaging.isInstalled())) return undefined;
    return retrievableChannels(viewer.id, await grants.ids(viewer, 'READ', 'Channel'));
  };
  return {
    kind: 'MESSAGE',
    typeName: 'Message',
    /** A message that was edited since it was indexed is not found until its new text is. */
    async readableBy(viewer) {
      const channels = await channelsOf(viewer);
      if (!channels) return { sql: 'false', parameters: [] };
      return {
        sql: `exists (select 1 from knowledge.retrieved_messages r
          join ${RETRIEVABLE_MESSAGES} m on m.id = r.id and m.edited_at is not distinct from r.edited_at
          where r.id = c.source_id and m.channel_id in (${channels.sql}))`,
        parameters: channels.parameters,
      };
    },
    audience: `(select 'MESSAGE:' || r.channel_id from knowledge.retrieved_messages r where r.id = c.source_id)`,
    async access(viewer) {
      const channels = await channelsOf(viewer);
      if (!channels) return { audiences: { sql: 'select null where false', parameters: [] } };
      return {
        audiences: {
          sql: `select 'MESSAGE:' || x.channel_id from (${channels.sql}) x`,
          parameters: channels.parameters,
        },
      };
    },
  };
}
