/** Loads messages for one viewer. Every access to a message that needs authorization goes through this loader. */
import { PreparedStatement, type PoolSource } from '@chat/kit/database/prepared-statement';
import { notFound } from '@chat/kit/errors';
import { isId } from '@chat/kit/ids';
import DataLoader from 'dataloader';
import type { ChannelLoader } from '../channels/channel.loader';
import type { ChannelAccess } from '../channels/channel.rules';
import { MESSAGE_COLUMNS, toMessage, type MessageEntity, type MessageRow } from './message.entity';

export interface MessageAccess extends ChannelAccess {
  message: MessageEntity;
}

const READ = new PreparedStatement<MessageRow>(
  'read-messages',
  `select ${MESSAGE_COLUMNS} from messaging.read_messages($1) m`,
);

export class MessageLoader {
  private readonly loader: DataLoader<string, MessageEntity | null>;

  constructor(
    pool: PoolSource,
    private readonly channels: ChannelLoader,
  ) {
    this.loader = new DataLoader((ids) => load(pool, ids));
  }

  /** The message and the viewer's access to its channel; null if it does not exist or the viewer may not see it. */
  async accessMessage(id: string): Promise<MessageAccess | null> {
    const message = isId(id) ? await this.loader.load(id.toLowerCase()) : null;
    const access = message && (await this.channels.accessChannel(message.channelId));
    return access && { ...access, message };
  }

  /** Whether retention has removed the message of an event. */
  async isGone(messageId: string): Promise<boolean> {
    return (await this.loader.load(messageId)) === null;
  }

  /** The message of an event that the viewer has received. @throws NOT_FOUND if retention has removed it. */
  async messageOf({ messageId }: { messageId: string }): Promise<MessageEntity> {
    const message = await this.loader.load(messageId);
    if (!message) throw notFound('Message');
    return message;
  }

  /** The parent of a message that the viewer has received; null if retention has removed it. */
  parentOf({ parentId }: { parentId: string }): Promise<MessageEntity | null> {
    return this.loader.load(parentId);
  }

  /** Evicts a message after a change. */
  clear(id: string): void {
    this.loader.clear(id.toLowerCase());
  }
}

async function load(pool: PoolSource, ids: readonly string[]): Promise<(MessageEntity | null)[]> {
  const rows = await READ.run(pool, [ids]);
  const found = new Map(rows.map((row) => [row.id, toMessage(row)]));
  return ids.map((id) => found.get(id) ?? null);
}
