/** Keeps order in channels: roles, mutes, bans, words. Who may is decided before (moderation.policy.ts); here is what must also hold. */
import { recordAct } from '@chat/kit/audit/audit';
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput, conflict, forbidden } from '@chat/kit/errors';
import type { Append, EventLog } from '@chat/kit/events/event-log';
import { textProblem } from '@chat/kit/graphql/text';
import type { AccessNews } from '../channels/access-news';
import { onChannel } from '../channels/channel.acts';
import { channelStream } from '../channels/channel.events';
import { isOwner, type ChannelAccess } from '../channels/channel.rules';
import { MemberRole, type MemberEntity } from '../channels/member.entity';
import type { MemberService } from '../channels/member.service';
import { lockChannel, removeFromMembers } from '../channels/member.store';
import { appendToInboxes } from '../inbox/inbox.events';
import { filterKey } from './word-filter';

/** The most filtered words of one channel. */
export const MAX_FILTERED_WORDS = 500;
/** What `muteMember` without an end means. */
const FOR_GOOD = new Date('9999-12-31T00:00:00Z');

export class ModerationService {
  constructor(
    private readonly eventLog: EventLog,
    private readonly members: MemberService,
    private readonly news: AccessNews,
  ) {}

  /** @throws NOT_FOUND where the account is no member; CONFLICT where the channel would have no owner. */
  async setMemberRole(
    em: EntityManager,
    { channel }: ChannelAccess,
    userId: string,
    role: MemberRole,
  ): Promise<MemberEntity> {
    const member = await this.members.accessMember(em, channel.id, userId);
    await this.eventLog.transaction(em, async (tx, append) => {
      await lockChannel(tx, channel.id);
      await tx.execute('update messaging.members set role = ? where channel_id = ? and user_id = ?', [
        role,
        channel.id,
        userId,
      ]);
      const [owners] = await tx.execute<{ count: number }[]>(
        `select count(*)::int as count from (select 1 from messaging.members
         where channel_id = ? and state = 'JOINED' and role = 'OWNER' limit 1) as owner`,
        [channel.id],
      );
      if (owners!.count === 0) throw conflict('A channel needs an owner. Name another one first.');
      await recordAct(tx, onChannel('channel.set-member-role', channel.id, { userId, role }));
      await append(channelStream(channel.id), 'MembersChanged', {});
    });
    await this.news.tell([userId]);
    return { ...member, role };
  }

  /** Without `until` for good; with a moment in the past the mute ends. @throws NOT_FOUND, FORBIDDEN */
  async muteMember(
    em: EntityManager,
    access: ChannelAccess,
    userId: string,
    until: Date | null | undefined,
  ): Promise<MemberEntity> {
    return this.eventLog.transaction(em, (tx, append) => this.muteMemberIn(tx, append, access, userId, until));
  }

  /** As {@link muteMember}, as a part of its caller's transaction. */
  async muteMemberIn(
    tx: EntityManager,
    append: Append,
    access: ChannelAccess,
    userId: string,
    until: Date | null | undefined,
  ): Promise<MemberEntity> {
    const channelId = access.channel.id;
    await lockChannel(tx, channelId);
    const member = await this.subordinate(tx, access, userId);
    const end = until ?? FOR_GOOD;
    const mutedUntil = end.getTime() > Date.now() ? end : null;
    await tx.execute('update messaging.members set muted_until = ? where channel_id = ? and user_id = ?', [
      mutedUntil,
      channelId,
      userId,
    ]);
    await recordAct(tx, onChannel('channel.mute', channelId, { userId, until: mutedUntil }));
    await append(channelStream(channelId), 'MembersChanged', {});
    return { ...member, mutedUntil };
  }

  /** Whoever is banned is out, also who has gone before, and does not come in again by any way. @throws NOT_FOUND, FORBIDDEN */
  async banMember(em: EntityManager, access: ChannelAccess, userId: string): Promise<void> {
    const { id } = access.channel;
    await this.eventLog.transaction(em, async (tx, append) => {
      await lockChannel(tx, id);
      const isIn = await this.isSubordinate(tx, access, userId);
      if (isIn) await removeFromMembers(tx, id, userId);
      await tx.execute(`update messaging.members set state = 'BANNED' where channel_id = ? and user_id = ?`, [
        id,
        userId,
      ]);
      await recordAct(tx, onChannel('channel.ban', id, { userId }));
      if (!isIn) return;
      await this.news.willTell(tx, [userId]);
      await appendToInboxes(append, [userId], 'ChannelLeft', { channelId: id });
      await append(channelStream(id), 'MembersChanged', {});
    });
    await this.news.tell([userId]);
  }

  /** Nothing happens where the account is not banned. It has to join again. */
  async unbanMember(em: EntityManager, { channel }: ChannelAccess, userId: string): Promise<void> {
    await em.transactional(async (tx) => {
      const unbanned = await tx.execute<unknown[]>(
        `update messaging.members set state = 'LEFT' where channel_id = ? and user_id = ? and state = 'BANNED' returning 1`,
        [channel.id, userId],
      );
      if (unbanned.length > 0) await recordAct(tx, onChannel('channel.unban', channel.id, { userId }));
    });
    await this.news.tell([userId]);
  }

  /** Replaces the channel's filtered words. @throws BAD_USER_INPUT */
  async setFilteredWords(em: EntityManager, { channel }: ChannelAccess, words: readonly string[]): Promise<void> {
    if (words.length > MAX_FILTERED_WORDS)
      throw badUserInput({ words: `A channel has at most ${MAX_FILTERED_WORDS} filtered words.` });
    const problem = words.map((word) => textProblem(word, { max: 100 })).find(Boolean);
    if (problem) throw badUserInput({ words: `Each of words ${problem}.` });
    const keys = [...new Set(words.map(filterKey))];
    await this.eventLog.transaction(em, async (tx, append) => {
      await tx.execute(
        'update messaging.channels set filtered_words = array(select jsonb_array_elements_text(?::jsonb)) where id = ?',
        [JSON.stringify(keys), channel.id],
      );
      await recordAct(tx, onChannel('channel.set-filtered-words', channel.id, { count: keys.length }));
      await append(channelStream(channel.id), 'ChannelUpdated', {});
    });
  }

  /** Whether somebody who may be banned is in the channel now, or was. @throws NOT_FOUND, FORBIDDEN */
  private async isSubordinate(tx: EntityManager, access: ChannelAccess, userId: string): Promise<boolean> {
    if (await this.members.hasLeft(tx, access.channel.id, userId)) return false;
    await this.subordinate(tx, access, userId);
    return true;
  }

  /** A member whom the viewer may call to order: owners everybody but owners, moderators members only. */
  private async subordinate(em: EntityManager, access: ChannelAccess, userId: string): Promise<MemberEntity> {
    const member = await this.members.accessMember(em, access.channel.id, userId);
    if (member.role === MemberRole.OWNER || (member.role === MemberRole.MODERATOR && !isOwner(access)))
      throw forbidden('You may not do this to a member of this role.');
    return member;
  }
}
