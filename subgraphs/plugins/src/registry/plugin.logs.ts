/** Keeps the log of each plugin: the latest lines. */
import type { EntityManager } from '@chat/kit/database/database';
import {
  foreignCursor,
  pageRequest,
  toConnection,
  type Connection,
  type PageArguments,
} from '@chat/kit/graphql/connection';
import type { Logger } from '@chat/kit/logging';
import type { LogLine } from '../sandbox/sandbox';

/** Lines that are kept of one plugin. */
const MAX_LINES = 2_000;
/** Characters of one line. */
const MAX_LINE = 4_000;

export interface StoredLine {
  id: string;
  at: Date;
  level: string;
  message: string;
}

export class PluginLogs {
  private readonly writing = new Set<Promise<void>>();

  constructor(
    private readonly fork: () => EntityManager,
    private readonly log: Logger,
  ) {}

  /** Returns at once; a call of a plugin does not wait for its log. */
  write(pluginId: string, lines: readonly LogLine[]): void {
    if (lines.length === 0) return;
    const written = this.insert(pluginId, lines)
      .catch((error: unknown) => this.log.warn({ err: error, pluginId }, 'the log of a plugin could not be written'))
      .finally(() => this.writing.delete(written));
    this.writing.add(written);
  }

  private async insert(pluginId: string, lines: readonly LogLine[]): Promise<void> {
    const rows = lines.slice(-MAX_LINES).map(({ level, message }) => ({ level, message: storable(message) }));
    const em = this.fork();
    await em.execute(
      `insert into plugins.logs (plugin_id, level, message)
       select p.id, l.level, l.message from plugins.plugins p, jsonb_to_recordset(?::jsonb) as l (level text, message text)
       where p.id = ?`,
      [JSON.stringify(rows), pluginId],
    );
    await em.execute(
      `delete from plugins.logs where plugin_id = ? and id <=
         (select id from plugins.logs where plugin_id = ? order by id desc offset ? limit 1)`,
      [pluginId, pluginId, MAX_LINES],
    );
  }

  /** The newest first. */
  async list(em: EntityManager, pluginId: string, page: PageArguments): Promise<Connection<StoredLine>> {
    const list = `plugin-logs:${pluginId}`;
    const request = pageRequest(list, page);
    const [from] = request.from ?? [];
    if (from !== undefined && !/^\d{1,18}$/.test(String(from))) throw foreignCursor(request);
    const [compare, order] = request.isBackward ? ['>', 'asc'] : ['<', 'desc'];
    const rows = await em.execute<(Omit<StoredLine, 'at'> & { at: string })[]>(
      `select id::text, at, level, message from plugins.logs
       where plugin_id = ? and (?::bigint is null or id ${compare} ?::bigint) order by logs.id ${order} limit ?`,
      [pluginId, from ?? null, from ?? null, request.limit],
    );
    const lines = rows.map(({ at, ...row }) => ({ ...row, at: new Date(at) }));
    return toConnection(list, request, lines, ({ id }) => [id]);
  }

  /** Resolves when all lines are written. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.writing);
  }
}

/** PostgreSQL stores neither NUL nor lone surrogates. */
const storable = (message: string): string => message.slice(0, MAX_LINE).toWellFormed().replaceAll('\0', '\ufffd');
