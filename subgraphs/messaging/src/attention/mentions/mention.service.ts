/** Resolves the names in a message to accounts: named ones and addressed ones. Membership is checked when the message is written. */
import type { EntityManager } from '@chat/kit/database/database';
import { accountNameKeys, resolveNames, type NamedAccounts } from '@chat/identity-client/directory/directory';
import { badUserInput } from '@chat/kit/errors';
import { GroupedCalls } from '@chat/kit/grouped-calls';
import type { ChannelEntity } from '../../channels/channel.entity';
import { mentionedNames, namesAdded, type MentionedName, type MentionedNames } from './mention.parser';
import type { OnlinePeople } from './online-people';

/** The accounts that a message notifies if they are members. The author is never notified. */
export interface Addressees {
  /** Accounts, without duplicates. */
  addressedIds: string[];
  /** Notifies all members; `addressedIds` is ignored. */
  isToEverybody: boolean;
}

export interface Mentions extends Addressees {
  /** Accounts mentioned by their own names. */
  mentionedIds: string[];
}

export interface ChangedMentions extends Mentions {
  /** Accounts addressed by names that the edit added. */
  added: Addressees;
  /** Whether all earlier mentions stay, because @here or @channel still covers them. */
  keepsAll: boolean;
}

type Directory = ReadonlyMap<string, NamedAccounts>;

const NOBODY: Addressees = { addressedIds: [], isToEverybody: false };

export class MentionService {
  private readonly directory: GroupedCalls<readonly string[], Directory>;

  /** @param maxNames the maximum number of distinct names in a message. @param maxNotified the maximum number of notified accounts. */
  constructor(
    fork: () => EntityManager,
    private readonly online: OnlinePeople,
    private readonly limits: { maxNames: number; maxNotified: number },
  ) {
    this.directory = new GroupedCalls<readonly string[], Directory>(async (questions) => {
      const found = await resolveNames(fork(), [...new Set(questions.flat())], limits.maxNotified);
      return questions.map(() => found);
    });
  }

  /**
   * @param said the message's plain text (messages/formatting/message-text.ts)
   * @throws BAD_USER_INPUT if there are too many names, or if @channel covers too many members
   */
  async mentionsOf(em: () => EntityManager, channel: ChannelEntity, said: string): Promise<Mentions> {
    const names = this.checked(channel, this.namesIn(said));
    const directory = await this.look(names);
    return { ...(await this.addressees(em, channel, names, directory)), mentionedIds: usersAmong(names, directory) };
  }

  /** As {@link mentionsOf}, for an edit of a message whose text was `before`. */
  async mentionsOfChange(
    em: () => EntityManager,
    channel: ChannelEntity,
    { said, before }: { said: string; before: string },
  ): Promise<ChangedMentions> {
    const known = this.namesIn(before);
    const names = this.checked(channel, this.namesIn(said));
    const directory = await this.look(names);
    return {
      ...(await this.addressees(em, channel, names, directory)),
      mentionedIds: usersAmong(names, directory),
      added: await this.addressees(em, channel, namesAdded(known, names), directory),
      // Online status at the time of sending is no longer known, so mentions by @here stay while the text has it.
      keepsAll: names.isToEverybody || (names.isToOnline && known.isToOnline),
    };
  }

  /** The accounts that a text mentions by their own names. Does not check limits. */
  async usersNamed(said: string): Promise<string[]> {
    const names = this.namesIn(said);
    return usersAmong(names, await this.look(names));
  }

  /** The keys of present account names. */
  async namesOf(em: EntityManager, userIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return accountNameKeys(em, userIds);
  }

  private namesIn(said: string): MentionedNames {
    return mentionedNames(said, this.limits.maxNames);
  }

  private checked({ memberCount }: ChannelEntity, names: MentionedNames): MentionedNames {
    const { maxNames, maxNotified } = this.limits;
    if (names.names.length > maxNames)
      throw badUserInput({ body: `body must not mention more than ${maxNames} names.` });
    if ((names.isToEverybody || names.isToOnline) && memberCount > maxNotified)
      throw badUserInput({
        body: `body must not mention everybody: the channel has more than ${maxNotified} members.`,
      });
    return names;
  }

  private async look({ names }: MentionedNames): Promise<Directory> {
    return names.length === 0 ? new Map() : this.directory.run(names.flat());
  }

  private async addressees(
    em: () => EntityManager,
    channel: ChannelEntity,
    { names, isToEverybody, isToOnline }: MentionedNames,
    directory: Directory,
  ): Promise<Addressees> {
    if (isToEverybody) return { ...NOBODY, isToEverybody };
    const addressed = new Set(names.flatMap((name) => accountsOf(name, directory)?.userIds ?? []));
    const { maxNotified } = this.limits;
    // A few are checked when the message is written. Many would hold the channel's lock too long.
    if (!isToOnline && addressed.size <= maxNotified) return { ...NOBODY, addressedIds: [...addressed] };
    const members = await membersOf(em(), channel.id, isToOnline ? undefined : [...addressed]);
    const online = isToOnline ? await this.online.among(members) : addressed;
    const meant = members.filter((id) => addressed.has(id) || online.has(id));
    return { ...NOBODY, addressedIds: meant.slice(0, maxNotified) };
  }
}

/** The longest known name counts: if `bob.` exists, `@bob.` does not mention `bob`. */
function accountsOf(name: MentionedName, directory: Directory): NamedAccounts | undefined {
  const key = name.find((key) => directory.has(key));
  return key === undefined ? undefined : directory.get(key);
}

const usersAmong = ({ names }: MentionedNames, directory: Directory): string[] => {
  const named = names.flatMap((name) => accountsOf(name, directory) ?? []);
  return [...new Set(named.flatMap(({ kind, userIds }) => (kind === 'user' ? userIds : [])))];
};

/** The channel's members, limited to `userIds` if given. */
async function membersOf(em: EntityManager, channelId: string, userIds?: readonly string[]): Promise<string[]> {
  const rows = await em.execute<{ user_id: string }[]>(
    `select user_id from messaging.members where channel_id = ? and state = 'JOINED'${userIds ? ' and user_id in (?)' : ''}
     order by user_id`,
    [channelId, ...(userIds ? [userIds] : [])],
  );
  return rows.map((row) => row.user_id);
}
