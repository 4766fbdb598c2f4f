/** Messages by their place in a channel that the viewer was given already. */
import type { EntityManager } from '@chat/kit/database/database';
import DataLoader from 'dataloader';
import { MESSAGE_COLUMNS, toMessage, type MessageEntity, type MessageRow } from '../../messages/message.entity';

interface Place {
  channelId: string;
  seq: number;
}

const keyOf = ({ channelId, seq }: Place) => `${channelId} ${seq}`;

/** Null where there is no message. */
export type MessageAtLoader = DataLoader<Place, MessageEntity | null, string>;

export const messageAtLoader = (em: () => EntityManager): MessageAtLoader =>
  new DataLoader(
    async (places) => {
      const rows = await em().execute<MessageRow[]>(
        `select ${MESSAGE_COLUMNS} from messaging.messages m
         join jsonb_to_recordset(?::jsonb) as place("channelId" uuid, seq bigint)
           on m.channel_id = place."channelId" and m.seq = place.seq`,
        [JSON.stringify(places)],
      );
      const found = new Map(rows.map(toMessage).map((message) => [keyOf(message), message]));
      return places.map((place) => found.get(keyOf(place)) ?? null);
    },
    { cacheKeyFn: keyOf },
  );
