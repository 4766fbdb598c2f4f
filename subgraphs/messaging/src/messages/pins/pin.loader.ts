/** Loads pinned messages, newest first, in one statement for all channels of a request. */
import type { EntityManager } from '@chat/kit/database/database';
import type DataLoader from 'dataloader';
import { listLoader } from '../../list-loader';
import { MESSAGE_COLUMNS, type MessageRow } from '../message.entity';
import { MAX_PINS } from './pin.service';

/** Keyed by a channel that the viewer has already received. */
export type PinLoader = DataLoader<{ channelId: string }, MessageRow[]>;

export const pinLoader = (em: () => EntityManager): PinLoader =>
  listLoader<{ channelId: string }, MessageRow>(
    () => '',
    (questions) =>
      em().execute(
        `select list.ord, m.* from jsonb_to_recordset(?::jsonb) as list (ord int, "channelId" uuid) cross join lateral (
           select ${MESSAGE_COLUMNS} from messaging.messages m where m.channel_id = list."channelId" and m.is_pinned
           order by m.seq desc limit ${MAX_PINS}) m
         order by list.ord, m.seq desc`,
        [JSON.stringify(questions)],
      ),
  );
