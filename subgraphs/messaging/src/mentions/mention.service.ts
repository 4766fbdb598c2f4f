/** Turns the names in a message into accounts: those it names, and those it has to be brought to. */
import type { EntityManager } from '@chat/kit/database/database';
import { resolveNames } from '@chat/kit/directory/directory';
import { badUserInput } from '@chat/kit/errors';
import type { ActivePeople } from '../activity/active-people';
import type { ChannelEntity } from '../channels/channel.entity';
import { mentionedNames } from './mention.parser';

export interface Mentions {
  /** Accounts named one by one. */
  mentionedIds: string[];
  /** Members of the channel that the message has to be brought to; never its author. */
  notifiedIds: string[];
}

const NOBODY: Mentions = { mentionedIds: [], notifiedIds: [] };

export class MentionService {
  /** @param maxNames distinct names per message. @param maxNotified accounts that one message is brought to. */
  constructor(
    private readonly active: ActivePeople,
    private readonly limits: { maxNames: number; maxNotified: number },
  ) {}

  /** @throws BAD_USER_INPUT on too many names, or where @channel is too many people. */
  async mentionsOf(em: EntityManager, channel: ChannelEntity, authorId: string, body: string): Promise<Mentions> {
    const { keys, isToEverybody, isToActive } = mentionedNames(body);
    const { maxNames, maxNotified } = this.limits;
    if (keys.length > maxNames) throw badUserInput({ body: `body must not mention more than ${maxNames} names.` });
    if ((isToEverybody || isToActive) && channel.memberCount > maxNotified)
      throw badUserInput({
        body: `body must not mention everybody: the channel has more than ${maxNotified} members.`,
      });
    if (keys.length === 0 && !isToEverybody && !isToActive) return NOBODY;

    const named = await resolveNames(em, keys, maxNotified);
    const mentionedIds = [...named.values()].flatMap(({ kind, userIds }) => (kind === 'user' ? userIds : []));
    const addressed = new Set([...named.values()].flatMap(({ userIds }) => userIds));
    const members = await this.members(em, channel.id, isToEverybody || isToActive ? undefined : [...addressed]);
    const active = isToActive && !isToEverybody ? await this.active.among(members) : undefined;
    const notified = members.filter(
      (id) => id !== authorId && (isToEverybody || addressed.has(id) || (active?.has(id) ?? false)),
    );
    return { mentionedIds: [...new Set(mentionedIds)], notifiedIds: notified.slice(0, maxNotified) };
  }

  /** The channel's members, or those among `userIds`. */
  private async members(em: EntityManager, channelId: string, userIds?: readonly string[]): Promise<string[]> {
    if (userIds?.length === 0) return [];
    const rows = await em.execute<{ user_id: string }[]>(
      `select user_id from messaging.members where channel_id = ? and state = 'JOINED'${userIds ? ' and user_id in (?)' : ''}
       order by user_id`,
      [channelId, ...(userIds ? [userIds] : [])],
    );
    return rows.map((row) => row.user_id);
  }
}
