/** Loads messages for one viewer. The only way to a message that the viewer might not be allowed to see. */
import type { EntityManager } from '@chat/kit/database/database';
import { PreparedStatement } from '@chat/kit/database/prepared-statement';
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
    em: () => EntityManager,
    private readonly channels: ChannelLoader,
  ) {
    this.loader = new DataLoader((ids) => load(em(), ids));
  }

  /** The message and what the viewer is to its channel; null where it does not exist or the viewer may not see it. */
  async accessMessage(id: string): Promise<MessageAccess | null> {
    const message = isId(id) ? await this.loader.load(id.toLowerCase()) : null;
    const access = message && (await this.channels.accessChannel(message.channelId));
    return access && { ...access, message };
  }

  /** Whether retention has removed what an event is about. */
  async isGone(messageId: string): Promise<boolean> {
    return (await this.loader.load(messageId)) === null;
  }

  /** A message that an event which the viewer was given is about. @throws NOT_FOUND where retention has removed it. */
  async messageOf({ messageId }: { messageId: string }): Promise<MessageEntity> {
    const message = await this.loader.load(messageId);
    if (!message) throw notFound('Message');
    return message;
  }

  /** The message that one which the viewer was given replies to; null where retention has removed it. */
  parentOf({ parentId }: { parentId: string }): Promise<MessageEntity | null> {
    return this.loader.load(parentId);
  }

  /** Forgets what was loaded before a change. */
  clear(id: string): void {
    this.loader.clear(id.toLowerCase());
  }
}

async function load(em: EntityManager, ids: readonly string[]): Promise<(MessageEntity | null)[]> {
  const rows = await READ.run(em, [ids]);
  const found = new Map(rows.map((row) => [row.id, toMessage(row)]));
  return ids.map((id) => found.get(id) ?? null);
}
