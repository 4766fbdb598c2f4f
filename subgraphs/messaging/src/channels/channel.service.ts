/** Creates and changes channels. Permissions are in channel.policy.ts; this file holds the other rules. */
import { recordAct } from '@chat/identity-client/audit/audit';
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput } from '@chat/kit/errors';
import type { EventLog } from '@chat/kit/events/event-log';
import { checkAll } from '@chat/kit/graphql/wrong-fields';
import { newId } from '@chat/kit/ids';
import { appendToInboxes } from '../attention/inbox.events';
import type { AccessNews } from './access-news';
import { lockAccess } from './channel.lock';
import { channelAct } from './channel.acts';
import { ChannelType } from './channel.entity';
import { channelStream } from './channel.events';
import type { CreateChannelInput, UpdateChannelInput } from './channel.input';
import { changes, type ChannelAccess } from './channel.rules';
import { knownAccounts } from './known-accounts';
import { joinMembers } from './member.store';
import { MemberRole } from './member.entity';

/** The maximum number of members of a direct channel. */
export const MAX_DIRECT_MEMBERS = 9;

export class ChannelService {
  constructor(
    private readonly eventLog: EventLog,
    private readonly accessNews: AccessNews,
  ) {}

  /** The viewer becomes the owner. @returns the new channel's id */
  async createChannel(em: EntityManager, viewer: Viewer, input: CreateChannelInput): Promise<string> {
    const type = input.type ?? ChannelType.PUBLIC;
    const id = newId();
    const others = (await this.checkChannel(em, input)).filter((id) => id !== viewer.id);
    await this.eventLog.transaction(em, async (tx, append) => {
      await tx.execute(
        `insert into messaging.channels (id, type, name, topic, open_to_guests, suggests_reactions, created_by, created_at)
         values (?, ?, ?, ?, ?, ?, ?, now())`,
        [
          id,
          type,
          input.name.trim(),
          input.topic?.trim() || null,
          input.openToGuests ?? false,
          input.suggestsReactions ?? false,
          viewer.id,
        ],
      );
      await joinMembers(tx, id, [viewer.id], MemberRole.OWNER);
      await joinMembers(tx, id, others);
      await appendToInboxes(append, [viewer.id, ...others], 'ChannelJoined', { channelId: id });
      await append(channelStream.of(id), 'MembersChanged', {});
    });
    await this.accessNews.publish([viewer.id, ...others]);
    return id;
  }

  /** @returns the ids of the members. @throws BAD_USER_INPUT with all wrong fields */
  async checkChannel(em: EntityManager, input: CreateChannelInput): Promise<string[]> {
    const { type = null, openToGuests, memberIds } = input;
    const [members] = await checkAll(
      () => knownAccounts(em, 'memberIds', memberIds ?? []),
      () => {
        if (type === ChannelType.DIRECT)
          throw badUserInput({ type: 'Use openDirectChannel to create direct channels.' });
      },
      () => {
        if (openToGuests) checkOpenToGuests(type ?? ChannelType.PUBLIC);
      },
    );
    return members;
  }

  /** Idempotent: one set of accounts has one direct channel. */
  async openDirectChannel(em: EntityManager, viewer: Viewer, userIds: readonly string[]): Promise<string> {
    const people = [...new Set([viewer.id, ...userIds.map((userId) => userId.toLowerCase())])].sort();
    if (people.length > MAX_DIRECT_MEMBERS)
      throw badUserInput({
        userIds: `A direct channel has at most ${MAX_DIRECT_MEMBERS} people. Create a private one.`,
      });
    const known = await this.findDirect(em, people);
    if (known) return known;
    await knownAccounts(em, 'userIds', people);
    const id = newId();
    const created = await this.eventLog.transaction(em, async (tx, append) => {
      const rows = await tx.execute<{ id: string }[]>(
        `insert into messaging.channels (id, type, direct_key, created_by, created_at) values (?, 'DIRECT', ?, ?, now())
         on conflict (direct_key) do nothing returning id`,
        [id, people.join(), viewer.id],
      );
      if (rows.length === 0) return false;
      await joinMembers(tx, id, people);
      await appendToInboxes(append, people, 'ChannelJoined', { channelId: id });
      await append(channelStream.of(id), 'MembersChanged', {});
      return true;
    });
    if (!created) return (await this.findDirect(em, people))!;
    await this.accessNews.publish(people);
    return id;
  }

  async updateChannel(em: EntityManager, access: ChannelAccess, input: Omit<UpdateChannelInput, 'id'>): Promise<void> {
    const { id } = access.channel;
    const { name, topic, slowModeSeconds, retentionDays, openToGuests, suggestsReactions, openToRetrieval } = input;
    this.checkChange(access, input);
    await this.eventLog.transaction(em, async (tx, append) => {
      await lockAccess(tx, access, changes);
      await tx.execute(
        `update messaging.channels set
           name = coalesce(?::text, name),
           topic = case when ? then nullif(?::text, '') else topic end,
           slow_mode_seconds = coalesce(?::integer, slow_mode_seconds),
           retention_days = case when ? then nullif(?::integer, 0) else retention_days end,
           open_to_guests = coalesce(?::boolean, open_to_guests),
           suggests_reactions = coalesce(?::boolean, suggests_reactions),
           open_to_retrieval = coalesce(?::boolean, open_to_retrieval)
         where id = ?`,
        [
          name?.trim() ?? null,
          topic !== undefined,
          topic?.trim() ?? null,
          slowModeSeconds ?? null,
          retentionDays !== undefined,
          retentionDays ?? null,
          openToGuests ?? null,
          suggestsReactions ?? null,
          openToRetrieval ?? null,
          id,
        ],
      );
      await recordAct(
        tx,
        channelAct('channel.update', id, {
          slowModeSeconds,
          retentionDays,
          openToGuests,
          suggestsReactions,
          openToRetrieval,
        }),
      );
      await append(channelStream.of(id), 'ChannelUpdated', {});
    });
  }

  /** @throws BAD_USER_INPUT */
  checkChange({ channel }: ChannelAccess, { openToGuests }: Pick<UpdateChannelInput, 'openToGuests'>): void {
    if (openToGuests) checkOpenToGuests(channel.type);
  }

  private async findDirect(em: EntityManager, people: readonly string[]): Promise<string | undefined> {
    const [row] = await em.execute<{ id: string }[]>('select id from messaging.channels where direct_key = ?', [
      people.join(),
    ]);
    return row?.id;
  }
}

/** @throws BAD_USER_INPUT if channels of this type cannot be open to guests. */
function checkOpenToGuests(type: ChannelType): void {
  if (type !== ChannelType.PUBLIC) throw badUserInput({ openToGuests: 'Only public channels can be open to guests.' });
}
