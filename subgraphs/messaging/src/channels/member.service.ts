/** Joining, leaving, adding and removing. Permissions are in channel.policy.ts; this file holds the other rules. */
import { recordAct } from '@chat/identity-client/audit/audit';
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput, forbidden, notFound } from '@chat/kit/errors';
import type { Append, EventLog } from '@chat/kit/events/event-log';
import { isId } from '@chat/kit/ids';
import { appendToInboxes } from '../attention/inbox.events';
import type { AccessNews } from './access-news';
import { lockAccess } from './channel.lock';
import { channelAct } from './channel.acts';
import { ChannelType } from './channel.entity';
import { channelStream } from './channel.events';
import { MAX_ADDED_MEMBERS } from './channel.input';
import type { ChannelOwners } from './channel-owners';
import { addsMembers, canJoin, isOwner, moderates, type ChannelAccess } from './channel.rules';
import { knownAccounts } from './known-accounts';
import { MEMBER_COLUMNS, MemberRole, toMember, type MemberEntity, type MemberRow } from './member.entity';
import { ensureOwner, joinMembers, removeFromMembers } from './member.store';

export class MemberService {
  constructor(
    private readonly eventLog: EventLog,
    private readonly accessNews: AccessNews,
    private readonly owners: ChannelOwners,
  ) {}

  /** No effect if the viewer is already a member. */
  async joinChannel(em: EntityManager, viewer: Viewer, access: ChannelAccess): Promise<void> {
    await this.join(em, access, [viewer.id]);
  }

  /** No effect if the viewer is not a member. */
  async leaveChannel(em: EntityManager, viewer: Viewer, { channel }: ChannelAccess): Promise<void> {
    if (channel.type === ChannelType.DIRECT) throw forbidden('A direct channel cannot be left.');
    const hasLeft = await this.eventLog.transaction(em, (tx, append) =>
      this.takeOut(tx, append, channel.id, viewer.id),
    );
    if (!hasLeft) return;
    await this.owners.ensure(channel.id);
    await this.accessNews.publish([viewer.id]);
  }

  /** Has no effect on members and banned accounts. */
  async addMembers(em: EntityManager, access: ChannelAccess, userIds: readonly string[]): Promise<void> {
    if (userIds.length > MAX_ADDED_MEMBERS)
      throw badUserInput({ userIds: `Add at most ${MAX_ADDED_MEMBERS} accounts at once.` });
    await this.join(em, access, await knownAccounts(em, 'userIds', userIds), addsMembers);
  }

  /** @throws NOT_FOUND if the account is not a member; FORBIDDEN if it is an owner and the viewer is not */
  async removeMember(em: EntityManager, access: ChannelAccess, userId: string): Promise<void> {
    const { id } = access.channel;
    const removed = await this.eventLog.transaction(em, async (tx, append) => {
      const now = await lockAccess(tx, access, moderates);
      const member = await this.accessMember(tx, id, userId);
      if (member.role === MemberRole.OWNER && !isOwner(now)) throw forbidden('Only owners remove an owner.');
      await recordAct(tx, channelAct('channel.remove-member', id, { userId: member.user.id }));
      await this.takeOut(tx, append, id, member.user.id);
      return member.user.id;
    });
    await this.accessNews.publish([removed]);
  }

  /** @throws NOT_FOUND if the account is not a member */
  async accessMember(em: EntityManager, channelId: string, userId: string): Promise<MemberEntity> {
    const member = await this.findMember(em, channelId, userId);
    if (member?.state !== 'JOINED') throw notFound('Member');
    return member;
  }

  /** Includes memberships that ended or are banned; null if the account never was a member. */
  async findMember(em: EntityManager, channelId: string, userId: string): Promise<MemberEntity | null> {
    if (!isId(userId)) return null;
    const [row] = await em.execute<MemberRow[]>(
      `select ${MEMBER_COLUMNS} from messaging.members m where channel_id = ? and user_id = ?`,
      [channelId, userId],
    );
    return row ? toMember(row) : null;
  }

  /** @param adds the rule for adding others; absent if the account joins itself */
  private async join(
    em: EntityManager,
    access: ChannelAccess,
    userIds: readonly string[],
    adds?: (access: ChannelAccess) => true | string,
  ): Promise<void> {
    const { id: channelId } = access.channel;
    const joined = await this.eventLog.transaction(em, async (tx, append) => {
      // The policy has decided whether a guest may join.
      await lockAccess(tx, access, adds ?? ((now) => canJoin(now, false)));
      const people = await joinMembers(tx, channelId, userIds);
      if (people.length === 0) return [];
      if (adds) await recordAct(tx, channelAct('channel.add-members', channelId, { userIds: people }));
      await appendToInboxes(append, people, 'ChannelJoined', { channelId });
      await append(channelStream.of(channelId), 'MembersChanged', {});
      return people;
    });
    await this.accessNews.publish(joined);
  }

  /** @returns whether the account was a member */
  private async takeOut(tx: EntityManager, append: Append, channelId: string, userId: string): Promise<boolean> {
    if (!(await removeFromMembers(tx, channelId, userId))) return false;
    await ensureOwner(tx, channelId);
    await appendToInboxes(append, [userId], 'ChannelLeft', { channelId });
    await append(channelStream.of(channelId), 'MembersChanged', {});
    return true;
  }
}
