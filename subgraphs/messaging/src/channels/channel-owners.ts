/**
 * Gives a channel a new owner if the accounts of all its owners are inactive: the longest-standing member, moderators first, as when
 * the last owner leaves. The other owners keep their role, so a reactivated account is an owner again.
 */
import { recordAct } from '@chat/identity-client/audit/audit';
import { isOutage } from '@chat/kit/database/connection-error';
import type { EntityManager } from '@chat/kit/database/database';
import { ifTableIsMissing } from '@chat/kit/database/missing-table';
import { INACTIVE_ACCOUNTS } from '@chat/identity-client/directory/account-standing';
import type { EventLog } from '@chat/kit/events/event-log';
import type { Logger } from '@chat/kit/logging';
import { channelAct } from './channel.acts';
import { channelStream } from './channel.events';
import { MemberRole } from './member.entity';
import { lockChannel } from './member.store';

/** Accounts that become inactive within this time are handled together, in milliseconds. */
const TOGETHER_MS = 100;
/** Pause before a look that met an outage is repeated, in milliseconds. */
const RETRY_MS = 2000;

/** Selects channels without an active owner, except the installation's own. `matches` is a condition on the alias `m`, an inactive owner's membership. */
const orphans = (matches: string) => `
  select distinct m.channel_id as id from messaging.members m
  join messaging.channels c on c.id = m.channel_id and c.created_by is not null
  where m.state = 'JOINED' and m.role = 'OWNER' and m.user_id in (${INACTIVE_ACCOUNTS}) and ${matches}
    and not exists (select 1 from messaging.members o where o.channel_id = m.channel_id and o.state = 'JOINED'
      and o.role = 'OWNER' and o.user_id not in (${INACTIVE_ACCOUNTS}))`;

export class ChannelOwners implements AsyncDisposable {
  private changed: Set<string> | 'everybody' = new Set();
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();
  private isClosed = false;

  constructor(
    private readonly fork: () => EntityManager,
    private readonly eventLog: EventLog,
    private readonly log: Logger,
  ) {}

  /** Schedules a check of the channels of an inactive account, or of all channels if no account is given. */
  look(userId?: string): void {
    if (userId === undefined) this.changed = 'everybody';
    else if (this.changed !== 'everybody') this.changed.add(userId);
    this.schedule(TOGETHER_MS);
  }

  private schedule(afterMs: number): void {
    if (this.isClosed) return;
    this.timer ??= setTimeout(() => {
      const { changed } = this;
      this.changed = new Set();
      this.timer = undefined;
      this.looking = this.ensureAmong(changed).catch((error: unknown) => this.failed(changed, error));
    }, afterMs).unref();
  }

  /** PostgreSQL may be unavailable, or not migrated yet: the first look comes soon after the start. */
  private failed(changed: ReadonlySet<string> | 'everybody', error: unknown): void {
    if (!isOutage(error)) {
      this.log.warn({ err: error }, 'could not look for channels without an active owner; the next change looks again');
      return;
    }
    if (changed === 'everybody' || this.changed === 'everybody') this.changed = 'everybody';
    else for (const id of changed) this.changed.add(id);
    this.schedule(RETRY_MS);
  }

  /** Must not run inside a transaction. @returns whether the channel had no active owner and now has one */
  async ensure(channelId: string): Promise<boolean> {
    const [orphan] = await this.fork()
      .execute<{ id: string }[]>(orphans('m.channel_id = ?'), [channelId])
      .catch(ifTableIsMissing<{ id: string }[]>([]));
    return orphan !== undefined && this.promote(channelId);
  }

  private async ensureAmong(changed: ReadonlySet<string> | 'everybody'): Promise<void> {
    const isAll = changed === 'everybody';
    const found = await this.fork()
      .execute<{ id: string }[]>(orphans(isAll ? 'true' : 'm.user_id in (?)'), isAll ? [] : [[...changed]])
      .catch(ifTableIsMissing<{ id: string }[]>([]));
    for (const { id } of found) await this.promote(id);
  }

  private async promote(channelId: string): Promise<boolean> {
    const [successor] = await this.fork().execute<{ id: string }[]>(
      `select m.user_id as id from messaging.members m
       where m.channel_id = ? and m.state = 'JOINED' and m.user_id not in (${INACTIVE_ACCOUNTS})
       order by m.role = 'OWNER' desc, m.role = 'MODERATOR' desc, m.joined_at, m.user_id limit 1`,
      [channelId],
    );
    if (!successor) return false;
    return this.eventLog.transaction(this.fork(), async (tx, append) => {
      await lockChannel(tx, channelId);
      const promoted = await tx.execute<unknown[]>(
        `update messaging.members set role = 'OWNER'
         where channel_id = ? and user_id = ? and state = 'JOINED' and role <> 'OWNER' returning 1`,
        [channelId, successor.id],
      );
      if (promoted.length === 0) return true; // another process has promoted the account
      const details = { userId: successor.id, role: MemberRole.OWNER };
      await recordAct(tx, channelAct('channel.succeed-owner', channelId, details));
      await append(channelStream.of(channelId), 'MembersChanged', {});
      return true;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    await this.looking;
  }
}
