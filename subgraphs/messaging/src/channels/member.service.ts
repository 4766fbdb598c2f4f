/** Lets accounts into channels and out of them. Who may is decided before (channel.policy.ts); here is what must also hold. */
import { recordAct } from '@chat/kit/audit/audit';
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput, forbidden, notFound } from '@chat/kit/errors';
import type { EventLog } from '@chat/kit/events/event-log';
import { isId } from '@chat/kit/ids';
import { appendToInboxes } from '../inbox/inbox.events';
import type { AccessNews } from './access-news';
import { onChannel } from './channel.acts';
import { ChannelType } from './channel.entity';
import { channelStream } from './channel.events';
import { MAX_ADDED_MEMBERS } from './channel.input';
import { isOwner, type ChannelAccess } from './channel.rules';
import { knownAccounts } from './known-accounts';
import { MEMBER_COLUMNS, MemberRole, toMember, type MemberEntity, type MemberRow } from './member.entity';
import { ensureOwner, joinMembers, removeFromMembers } from './member.store';

export class MemberService {
  constructor(
    private readonly eventLog: EventLog,
    private readonly news: AccessNews,
  ) {}

  /** Nothing happens where the viewer is a member already. */
  async joinChannel(em: EntityManager, viewer: Viewer, { channel }: ChannelAccess): Promise<void> {
    await this.join(em, channel.id, [viewer.id]);
  }

  /** Nothing happens where the viewer is no member. */
  async leaveChannel(em: EntityManager, viewer: Viewer, { channel }: ChannelAccess): Promise<void> {
    if (channel.type === ChannelType.DIRECT) throw forbidden('A direct channel cannot be left.');
    await this.leave(em, channel.id, viewer.id);
  }

  /** Accounts that are members already, or banned, stay what they are. */
  async addMembers(em: EntityManager, { channel }: ChannelAccess, userIds: readonly string[]): Promise<void> {
    if (userIds.length > MAX_ADDED_MEMBERS)
      throw badUserInput({ userIds: `Add at most ${MAX_ADDED_MEMBERS} accounts at once.` });
    await this.join(em, channel.id, await knownAccounts(em, 'userIds', userIds), 'channel.add-members');
  }

  /** @throws NOT_FOUND where the account is no member, FORBIDDEN where it is an owner and the viewer is not. */
  async removeMember(em: EntityManager, access: ChannelAccess, userId: string): Promise<void> {
    const member = await this.accessMember(em, access.channel.id, userId);
    if (member.role === MemberRole.OWNER && !isOwner(access)) throw forbidden('Only owners remove an owner.');
    await this.leave(em, access.channel.id, userId, 'channel.remove-member');
  }

  /** @throws NOT_FOUND where the account is no member. */
  async accessMember(em: EntityManager, channelId: string, userId: string): Promise<MemberEntity> {
    if (!isId(userId)) throw notFound('Member');
    const [row] = await em.execute<MemberRow[]>(
      `select ${MEMBER_COLUMNS} from messaging.members m where channel_id = ? and user_id = ? and state = 'JOINED'`,
      [channelId, userId],
    );
    if (!row) throw notFound('Member');
    return toMember(row);
  }

  /** Whether the account was a member and went by itself, or was taken out. */
  async hasLeft(em: EntityManager, channelId: string, userId: string): Promise<boolean> {
    if (!isId(userId)) return false;
    const rows = await em.execute<unknown[]>(
      `select 1 from messaging.members where channel_id = ? and user_id = ? and state = 'LEFT'`,
      [channelId, userId],
    );
    return rows.length > 0;
  }

  /** @param action what it is called on the audit log, where somebody does it to others */
  private async join(em: EntityManager, channelId: string, userIds: readonly string[], action?: string): Promise<void> {
    const joined = await this.eventLog.transaction(em, async (tx, append) => {
      const people = await joinMembers(tx, channelId, userIds);
      if (action && people.length > 0) await recordAct(tx, onChannel(action, channelId, { userIds: people }));
      await appendToInboxes(append, people, 'ChannelJoined', { channelId });
      if (people.length > 0) await append(channelStream(channelId), 'MembersChanged', {});
      return people;
    });
    await this.news.tell(joined);
  }

  /** @param action as for {@link join} */
  private async leave(em: EntityManager, channelId: string, userId: string, action?: string): Promise<void> {
    const hasLeft = await this.eventLog.transaction(em, async (tx, append) => {
      if (!(await removeFromMembers(tx, channelId, userId))) return false;
      await ensureOwner(tx, channelId);
      if (action) await recordAct(tx, onChannel(action, channelId, { userId }));
      await this.news.willTell(tx, [userId]);
      await appendToInboxes(append, [userId], 'ChannelLeft', { channelId });
      await append(channelStream(channelId), 'MembersChanged', {});
      return true;
    });
    if (hasLeft) await this.news.tell([userId]);
  }
}
