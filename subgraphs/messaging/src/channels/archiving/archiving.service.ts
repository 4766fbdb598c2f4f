/** Archives and deletes channels. Permissions are in archiving.policy.ts. */
import { recordAct } from '@chat/identity-client/audit/audit';
import type { EntityManager } from '@chat/kit/database/database';
import type { EventLog } from '@chat/kit/events/event-log';
import { appendToInboxes } from '../../attention/inbox.events';
import type { AccessNews } from '../access-news';
import { channelAct } from '../channel.acts';
import { ChannelType } from '../channel.entity';
import { channelStream } from '../channel.events';
import { lockAccess } from '../channel.lock';
import { deletes, moderates, type ChannelAccess } from '../channel.rules';
import type { DeletedChannels } from './deleted-channels';

export class ArchivingService {
  constructor(
    private readonly eventLog: EventLog,
    private readonly accessNews: AccessNews,
    private readonly deletedChannels: DeletedChannels,
  ) {}

  /** Idempotent: the time of archiving stays. */
  async archiveChannel(em: EntityManager, access: ChannelAccess): Promise<void> {
    await this.setArchived(em, access, true);
  }

  /** Idempotent. */
  async unarchiveChannel(em: EntityManager, access: ChannelAccess): Promise<void> {
    await this.setArchived(em, access, false);
  }

  /**
   * The channel's row goes at once, and memberships, drafts, scheduled messages and webhooks with it. So no query finds its messages
   * any more, which a job removes. The channel's stream keeps its events until their retention ends.
   */
  async deleteChannel(em: EntityManager, access: ChannelAccess): Promise<void> {
    const { id, type } = access.channel;
    const members = await this.eventLog.transaction(em, async (tx, append) => {
      await lockAccess(tx, access, deletes);
      const rows = await tx.execute<{ id: string }[]>(
        `select user_id as id from messaging.members where channel_id = ? and state = 'JOINED' order by user_id`,
        [id],
      );
      const userIds = rows.map((row) => row.id);
      await recordAct(tx, channelAct('channel.delete', id, { type, memberCount: userIds.length }));
      await append(channelStream.of(id), 'ChannelDeleted', { isPublic: type === ChannelType.PUBLIC });
      await this.deletedChannels.add(tx, id);
      await tx.execute('delete from messaging.channels where id = ?', [id]);
      await appendToInboxes(append, userIds, 'ChannelDeleted', { channelId: id });
      return userIds;
    });
    await this.accessNews.publish(members);
  }

  private async setArchived(em: EntityManager, access: ChannelAccess, isArchived: boolean): Promise<void> {
    const { id } = access.channel;
    await this.eventLog.transaction(em, async (tx, append) => {
      const { channel } = await lockAccess(tx, access, moderates);
      if ((channel.archivedAt !== null) === isArchived) return;
      await tx.execute('update messaging.channels set archived_at = case when ? then now() end where id = ?', [
        isArchived,
        id,
      ]);
      await recordAct(tx, channelAct(isArchived ? 'channel.archive' : 'channel.unarchive', id));
      await append(channelStream.of(id), isArchived ? 'ChannelArchived' : 'ChannelUnarchived', {});
    });
  }
}
