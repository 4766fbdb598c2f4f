/** Roles, mutes, bans and filtered words of channels. Permissions are in moderation.policy.ts; this file holds the other rules. */
import { recordAct } from '@chat/identity-client/audit/audit';
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput, conflict, forbidden, notFound } from '@chat/kit/errors';
import type { Append, EventLog } from '@chat/kit/events/event-log';
import { textProblem } from '@chat/kit/graphql/text';
import type { AccessNews } from '../channels/access-news';
import { lockAccess } from '../channels/channel.lock';
import { channelAct } from '../channels/channel.acts';
import { channelStream } from '../channels/channel.events';
import type { ChannelOwners } from '../channels/channel-owners';
import { isOwner, moderates, owns, type ChannelAccess } from '../channels/channel.rules';
import { MemberRole, type MemberEntity } from '../channels/member.entity';
import type { MemberService } from '../channels/member.service';
import { removeFromMembers } from '../channels/member.store';
import { appendToInboxes } from '../attention/inbox.events';
import { filterKey } from '../messages/word-filter';

/** The maximum number of filtered words of a channel. */
export const MAX_FILTERED_WORDS = 500;
/** The end of a mute for which none is given. */
const FOR_GOOD = new Date('9999-12-31T00:00:00Z');

export class ModerationService {
  constructor(
    private readonly eventLog: EventLog,
    private readonly members: MemberService,
    private readonly accessNews: AccessNews,
    private readonly owners: ChannelOwners,
  ) {}

  /** @throws NOT_FOUND if the account is not a member; CONFLICT if the channel would have no owner */
  async setMemberRole(
    em: EntityManager,
    access: ChannelAccess,
    userId: string,
    role: MemberRole,
  ): Promise<MemberEntity> {
    const { channel } = access;
    const member = await this.eventLog.transaction(em, async (tx, append) => {
      await lockAccess(tx, access, owns);
      const member = await this.members.accessMember(tx, channel.id, userId);
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
      if (owners!.count === 0 && channel.createdBy !== null)
        throw conflict('A channel needs an owner. Appoint another one first.');
      await recordAct(tx, channelAct('channel.set-member-role', channel.id, { userId: member.user.id, role }));
      await append(channelStream.of(channel.id), 'MembersChanged', {});
      return member;
    });
    await this.owners.ensure(channel.id);
    await this.accessNews.publish([member.user.id]);
    return { ...member, role };
  }

  /** Permanent without `until`; a time in the past ends the mute. @throws NOT_FOUND, FORBIDDEN */
  async muteMember(
    em: EntityManager,
    access: ChannelAccess,
    userId: string,
    until: Date | null | undefined,
  ): Promise<MemberEntity> {
    return this.eventLog.transaction(em, (tx, append) => this.muteMemberIn(tx, append, access, userId, until));
  }

  /** As {@link muteMember}, in the caller's transaction. */
  async muteMemberIn(
    tx: EntityManager,
    append: Append,
    access: ChannelAccess,
    userId: string,
    until: Date | null | undefined,
  ): Promise<MemberEntity> {
    const channelId = access.channel.id;
    const now = await lockAccess(tx, access, moderates);
    const member = subordinate(now, await this.members.accessMember(tx, channelId, userId));
    const end = until ?? FOR_GOOD;
    const mutedUntil = end.getTime() > Date.now() ? end : null;
    await tx.execute('update messaging.members set muted_until = ? where channel_id = ? and user_id = ?', [
      mutedUntil,
      channelId,
      userId,
    ]);
    await recordAct(tx, channelAct('channel.mute', channelId, { userId: member.user.id, until: mutedUntil }));
    await append(channelStream.of(channelId), 'MembersChanged', {});
    return { ...member, mutedUntil };
  }

  /** Also bans accounts that have left. A banned account cannot join or be added. @throws NOT_FOUND, FORBIDDEN */
  async banMember(em: EntityManager, access: ChannelAccess, userId: string): Promise<void> {
    const { id } = access.channel;
    const banned = await this.eventLog.transaction(em, async (tx, append) => {
      const now = await lockAccess(tx, access, moderates);
      const member = await this.members.findMember(tx, id, userId);
      if (!member || member.state === 'BANNED') throw notFound('Member');
      const isIn = member.state === 'JOINED';
      if (isIn) await removeFromMembers(tx, id, subordinate(now, member).user.id);
      await tx.execute(`update messaging.members set state = 'BANNED' where channel_id = ? and user_id = ?`, [
        id,
        userId,
      ]);
      await recordAct(tx, channelAct('channel.ban', id, { userId: member.user.id }));
      if (isIn) {
        await appendToInboxes(append, [member.user.id], 'ChannelLeft', { channelId: id });
        await append(channelStream.of(id), 'MembersChanged', {});
      }
      return member.user.id;
    });
    await this.accessNews.publish([banned]);
  }

  /** The account is not a member afterwards. No effect if it is not banned. */
  async unbanMember(em: EntityManager, access: ChannelAccess, userId: string): Promise<void> {
    const { id } = access.channel;
    const unbanned = await em.transactional(async (tx) => {
      await lockAccess(tx, access, moderates);
      const member = await this.members.findMember(tx, id, userId);
      if (member?.state !== 'BANNED') return [];
      await tx.execute(`update messaging.members set state = 'LEFT' where channel_id = ? and user_id = ?`, [
        id,
        userId,
      ]);
      await recordAct(tx, channelAct('channel.unban', id, { userId: member.user.id }));
      return [member.user.id];
    });
    await this.accessNews.publish(unbanned);
  }

  /** Replaces the channel's filtered words. @throws BAD_USER_INPUT */
  async setFilteredWords(em: EntityManager, access: ChannelAccess, words: readonly string[]): Promise<void> {
    const { channel } = access;
    if (words.length > MAX_FILTERED_WORDS)
      throw badUserInput({ words: `A channel has at most ${MAX_FILTERED_WORDS} filtered words.` });
    const problem = words.map((word) => textProblem(word, { max: 100 })).find(Boolean);
    if (problem) throw badUserInput({ words: `Each of words ${problem}.` });
    const keys = [...new Set(words.map(filterKey))];
    await this.eventLog.transaction(em, async (tx, append) => {
      await lockAccess(tx, access, moderates);
      await tx.execute(
        `update messaging.channels set filtered_words = array(select jsonb_array_elements_text(?::jsonb)),
           filter_version = filter_version + 1 where id = ?`,
        [JSON.stringify(keys), channel.id],
      );
      await recordAct(tx, channelAct('channel.set-filtered-words', channel.id, { count: keys.length }));
      await append(channelStream.of(channel.id), 'ChannelUpdated', {});
    });
  }
}

/** The member, if the viewer's role permits: owners moderate moderators and members, moderators members only. @throws FORBIDDEN */
function subordinate(access: ChannelAccess, member: MemberEntity): MemberEntity {
  if (member.role === MemberRole.OWNER || (member.role === MemberRole.MODERATOR && !isOwner(access)))
    throw forbidden('You may not do this to a member of this role.');
  return member;
}
