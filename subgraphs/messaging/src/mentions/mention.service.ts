/** Turns the names in a message into accounts: those it names, and those it has to be brought to. */
import type { EntityManager } from '@chat/kit/database/database';
import { resolveNames } from '@chat/kit/directory/directory';
import { badUserInput } from '@chat/kit/errors';
import type { ChannelEntity } from '../channels/channel.entity';
import { mentionedNames, namesAdded, type MentionedNames } from './mention.parser';
import type { OnlinePeople } from './online-people';

export interface Mentions {
  /** Accounts named one by one. */
  mentionedIds: string[];
  /** Members of the channel that the message has to be brought to; never its author. */
  notifiedIds: string[];
}

export interface ChangedMentions extends Mentions {
  /** Those of `notifiedIds` whom names mean that were not there before. */
  addedIds: string[];
  /** Whether nobody whom the message was brought to loses the mention, as @here or @channel still means them. */
  keepsAll: boolean;
}

const NOBODY: Mentions = { mentionedIds: [], notifiedIds: [] };

export class MentionService {
  /** @param maxNames distinct names per message. @param maxNotified accounts that one message is brought to. */
  constructor(
    private readonly online: OnlinePeople,
    private readonly limits: { maxNames: number; maxNotified: number },
  ) {}

  /** @throws BAD_USER_INPUT on too many names, or where @channel is too many people. */
  mentionsOf(em: EntityManager, channel: ChannelEntity, authorId: string, body: string): Promise<Mentions> {
    return this.resolve(em, channel, authorId, mentionedNames(body));
  }

  /** As {@link mentionsOf}, of a message that said `before`. */
  async mentionsOfChange(
    em: EntityManager,
    channel: ChannelEntity,
    authorId: string,
    { body, before }: { body: string; before: string },
  ): Promise<ChangedMentions> {
    const [names, known] = [mentionedNames(body), mentionedNames(before)];
    const mentions = await this.resolve(em, channel, authorId, names);
    const added = await this.resolve(em, channel, authorId, namesAdded(known, names));
    // Who was online when it was sent is not known any more; as long as it says @here, it meant them.
    const keepsAll = names.isToEverybody || (names.isToOnline && known.isToOnline);
    return { ...mentions, addedIds: added.notifiedIds, keepsAll };
  }

  private async resolve(
    em: EntityManager,
    channel: ChannelEntity,
    authorId: string,
    { keys, isToEverybody, isToOnline }: MentionedNames,
  ): Promise<Mentions> {
    const { maxNames, maxNotified } = this.limits;
    if (keys.length > maxNames) throw badUserInput({ body: `body must not mention more than ${maxNames} names.` });
    if ((isToEverybody || isToOnline) && channel.memberCount > maxNotified)
      throw badUserInput({
        body: `body must not mention everybody: the channel has more than ${maxNotified} members.`,
      });
    if (keys.length === 0 && !isToEverybody && !isToOnline) return NOBODY;

    const named = await resolveNames(em, keys, maxNotified);
    const mentionedIds = [...named.values()].flatMap(({ kind, userIds }) => (kind === 'user' ? userIds : []));
    const addressed = new Set([...named.values()].flatMap(({ userIds }) => userIds));
    const members = await this.members(em, channel.id, isToEverybody || isToOnline ? undefined : [...addressed]);
    const online = isToOnline && !isToEverybody ? await this.online.among(members) : undefined;
    const notified = members.filter(
      (id) => id !== authorId && (isToEverybody || addressed.has(id) || (online?.has(id) ?? false)),
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
