/** Loads the buttons of messages, many in one query. */
import type { EntityManager } from '@chat/kit/database/database';
import { ifTableIsMissing } from '@chat/kit/database/missing-table';
import { isId } from '@chat/kit/ids';
import DataLoader from 'dataloader';
import type { Button } from '../api/plugin.messages';

export interface Interactive {
  messageId: string;
  channelId: string;
  pluginId: string;
  buttons: Button[];
}

/** Null for messages without buttons. */
export type ButtonLoader = DataLoader<string, Interactive | null>;

export const buttonLoader = (em: () => EntityManager): ButtonLoader =>
  new DataLoader(async (ids) => {
    const rows = await em()
      .execute<Interactive[]>(
        `select m.id as "messageId", m.channel_id as "channelId", s.plugin_id as "pluginId", s.components as buttons
         from messaging.messages m join plugins.sent s on s.token = m.client_mutation_id
         where m.id = any(array(select jsonb_array_elements_text(?::jsonb)::uuid)) and m.deleted_at is null
           and s.components is not null`,
        [JSON.stringify(ids.filter(isId))],
      )
      .catch(ifTableIsMissing<Interactive[]>([]));
    const byId = new Map(rows.map((row) => [row.messageId, row]));
    return ids.map((id) => byId.get(id.toLowerCase()) ?? null);
  });
