/** Reports of messages: the moderators' queue and the resolutions. */
import { recordAct } from '@chat/identity-client/audit/audit';
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput, conflict } from '@chat/kit/errors';
import type { Append, EventLog } from '@chat/kit/events/event-log';
import { foreignCursor, pageRequest, toConnection, type PageArguments } from '@chat/kit/graphql/connection';
import { textProblem } from '@chat/kit/graphql/text';
import { isId, newId } from '@chat/kit/ids';
import { lockAccess } from '../channels/channel.lock';
import { moderates } from '../channels/channel.rules';
import type { MessageAccess } from '../messages/message.loader';
import type { MessageService } from '../messages/message.service';
import type { SqlPart } from '../sql-part';
import type { ModerationService } from './moderation.service';
import { ReportState, toReport, type ReportEntity, type ReportRow } from './report.entity';
import { ReportAction } from './report.type';

const MUTE_MS = 86_400_000;
const LIST = 'reports';

export class ReportService {
  constructor(
    private readonly eventLog: EventLog,
    private readonly messages: MessageService,
    private readonly moderation: ModerationService,
  ) {}

  /** Idempotent: a message has one open report per account. @throws BAD_USER_INPUT; CONFLICT if the message is deleted */
  async reportMessage(em: EntityManager, { message, viewerId }: MessageAccess, reason: string): Promise<ReportEntity> {
    const problem = textProblem(reason, { max: 1000, multiline: true });
    if (problem) throw badUserInput({ reason: `reason ${problem}.` });
    const [row] = await em.execute<ReportRow[]>(
      `insert into messaging.reports as r (id, message_id, channel_id, reporter_id, reason, state, created_at)
       select ?, m.id, m.channel_id, ?, ?, 'OPEN', now() from messaging.messages m
       where m.id = ? and m.deleted_at is null for share
       on conflict (message_id, reporter_id) where state = 'OPEN' do update set reason = r.reason returning r.*`,
      [newId(), viewerId, reason, message.id],
    );
    if (!row) throw conflict('The message is deleted.');
    return toReport(row);
  }

  /** @param access the viewer's access to the reported message. @throws CONFLICT if the report is already resolved */
  async resolveReport(
    em: EntityManager,
    report: ReportEntity,
    access: MessageAccess,
    action: ReportAction,
  ): Promise<ReportEntity> {
    return this.eventLog.transaction(em, async (tx, append) => {
      await lockAccess(tx, access, moderates); // so that of two concurrent resolutions only one acts
      const open = await tx.execute<unknown[]>(`select 1 from messaging.reports where id = ? and state = 'OPEN'`, [
        report.id,
      ]);
      if (open.length === 0) throw conflict('The report is already resolved.');
      const [row] = await tx.execute<ReportRow[]>(
        'update messaging.reports set state = ?, resolver_id = ?, resolved_at = now() where id = ? returning *',
        [await this.act(tx, append, access, action), access.viewerId, report.id],
      );
      const details = { messageId: report.messageId, channelId: report.channelId, action };
      await recordAct(tx, { action: 'report.resolve', targetType: 'Report', targetId: report.id, details });
      return toReport(row!);
    });
  }

  /**
   * Open reports of the channels that the viewer moderates, or of one of them. Oldest first.
   * @param managed ids of channels that the viewer manages by a grant; `*` for all
   */
  async reports(
    em: EntityManager,
    viewer: Viewer,
    managed: readonly string[],
    channelId: string | null | undefined,
    page: PageArguments,
  ) {
    if (channelId != null && !isId(channelId)) throw badUserInput({ channelId: 'channelId must be an id.' });
    const request = pageRequest(LIST, page);
    const [id] = request.from ?? [];
    if (request.from && !isId(id)) throw foreignCursor(request);
    const [comparison, direction] = request.isBackward ? ['<', 'desc'] : ['>', 'asc'];
    const { sql, values } = openReports(
      viewer,
      managed,
      {
        sql: `${channelId == null ? '' : ' and r.channel_id = ?'}${request.from ? ` and r.id ${comparison} ?` : ''}`,
        values: [...(channelId == null ? [] : [channelId]), ...(request.from ?? [])],
      },
      { sql: `order by r.id ${direction} limit ?`, values: [request.limit] },
    );
    const rows = await em.execute<ReportRow[]>(sql, values);
    return toConnection(LIST, request, rows, (row) => [row.id], toReport);
  }

  async findReport(em: EntityManager, id: string): Promise<ReportEntity | null> {
    if (!isId(id)) return null;
    const [row] = await em.execute<ReportRow[]>('select * from messaging.reports where id = ?', [id]);
    return row ? toReport(row) : null;
  }

  private async act(
    tx: EntityManager,
    append: Append,
    access: MessageAccess,
    action: ReportAction,
  ): Promise<ReportState> {
    switch (action) {
      case ReportAction.DISMISS:
        return ReportState.DISMISSED;
      case ReportAction.DELETE_MESSAGE:
        await this.messages.deleteMessageIn(tx, append, access);
        return ReportState.MESSAGE_DELETED;
      case ReportAction.MUTE_AUTHOR:
        await this.moderation.muteMemberIn(
          tx,
          append,
          access,
          access.message.author.id,
          new Date(Date.now() + MUTE_MS),
        );
        return ReportState.AUTHOR_MUTED;
    }
  }
}

/**
 * `canModerate` in SQL. A moderator of some channels reads the reports of each, at a cost that does not depend on other channels.
 * A moderator of nearly all channels scans all reports.
 * @param narrower further conditions on the alias `r`
 */
function openReports(viewer: Viewer, managed: readonly string[], narrower: SqlPart, page: SqlPart): SqlPart {
  const own: SqlPart = {
    sql: `select m.channel_id as id from messaging.members m where m.user_id = ? and m.state = 'JOINED' and m.role <> 'MEMBER'
      union
      select c.id from messaging.channels c where c.id in (select id::uuid from jsonb_array_elements_text(?::jsonb) id)
        and c.type <> 'DIRECT' and not exists (
          select 1 from messaging.members b where b.channel_id = c.id and b.user_id = ? and b.state = 'BANNED')`,
    values: [viewer.id, JSON.stringify(managed.filter(isId)), viewer.id],
  };
  const isEverywhere = managed.includes('*');
  if (!isEverywhere && !viewer.permissions.includes('DELETE'))
    return {
      sql: `select r.* from (${own.sql}) c cross join lateral (
          select * from messaging.reports r where r.channel_id = c.id and r.state = 'OPEN'${narrower.sql} ${page.sql}) r
        ${page.sql}`,
      values: [...own.values, ...narrower.values, ...page.values, ...page.values],
    };
  return {
    sql: `select r.* from messaging.reports r
      where r.state = 'OPEN'${narrower.sql} and (r.channel_id in (${own.sql}) or exists (
        select 1 from messaging.channels c left join messaging.members m on m.channel_id = c.id and m.user_id = ?
        where c.id = r.channel_id and c.type <> 'DIRECT' and m.state is distinct from 'BANNED'
          and (? or c.type = 'PUBLIC' or m.state = 'JOINED'))) ${page.sql}`,
    values: [...narrower.values, ...own.values, viewer.id, isEverywhere, ...page.values],
  };
}
