/** Loads messages by `seq`, in channels that the viewer may see. */
import type { EntityManager } from '@chat/kit/database/database';
import DataLoader from 'dataloader';
import { MESSAGE_COLUMNS, toMessage, type MessageEntity, type MessageRow } from '../../messages/message.entity';

interface Place {
  channelId: string;
  seq: number;
}

const keyOf = ({ channelId, seq }: Place) => `${channelId} ${seq}`;

/** Null if there is no message. */
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
