/** The audit log: appends acts to the chain, verifies and lists them, and deletes those past retention. */
import { toRecordedAct, type AuditAct, type RecordedAct } from '@chat/identity-client/audit/audit';
import type { EntityManager } from '@chat/kit/database/database';
import {
  pageRequest,
  sortValue,
  toConnection,
  type Connection,
  type PageArguments,
} from '@chat/kit/graphql/connection';
import { isId, newId } from '@chat/kit/ids';
import { IsolationLevel } from '@mikro-orm/core';
import { AuditActEntity } from './audit-act.entity';
import { chainHash } from './audit-chain';

export interface AuditFilter {
  actorId?: string | null;
  action?: string | null;
  targetType?: string | null;
  targetId?: string | null;
  from?: Date | null;
  to?: Date | null;
}

/** The result of a verification. `brokenAt` is the `seq` of the first act that does not follow from its predecessor. */
export interface ChainReport {
  checked: number;
  brokenAt: string | null;
}

interface ChainRow {
  last_seq: string;
  last_hash: Buffer;
  kept_after_seq: string;
  kept_after_hash: Buffer;
}

const BATCH = 1000;

export class AuditService {
  /**
   * Appends an act of the current request or job. Call it last in the transaction of the act, because it locks the chain until commit.
   * Other subgraphs call recordAct(), which takes the same act.
   */
  record(tx: EntityManager, act: AuditAct): Promise<void> {
    return this.append(tx, toRecordedAct(act));
  }

  /** Appends an act of any subgraph in the caller's transaction. Idempotent if the caller supplies the same `id` again. */
  async append(tx: EntityManager, act: RecordedAct, id: string = newId()): Promise<void> {
    const chain = await lockChain(tx);
    const row: Omit<AuditActEntity, 'hash'> = {
      seq: String(BigInt(chain.last_seq) + 1n),
      id,
      at: new Date(act.at),
      action: act.action,
      actorId: act.actorId && isId(act.actorId) ? act.actorId : null,
      targetType: act.targetType ?? null,
      targetId: act.targetId ?? null,
      address: act.address ?? null,
      correlationId: act.correlationId,
      details: JSON.parse(JSON.stringify(act.details ?? {})) as Record<string, unknown>,
    };
    const hash = chainHash(chain.last_hash, row);
    const inserted = await tx.execute<unknown[]>(
      `insert into identity.audit_acts
         (seq, id, at, action, actor_id, target_type, target_id, address, correlation_id, details, hash)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?) on conflict (id) do nothing returning seq`,
      [
        row.seq,
        row.id,
        row.at,
        row.action,
        row.actorId,
        row.targetType,
        row.targetId,
        row.address,
        row.correlationId,
        JSON.stringify(row.details),
        hash,
      ],
    );
    if (inserted.length > 0)
      await tx.execute('update identity.audit_chain set last_seq = ?, last_hash = ?', [row.seq, hash]);
  }

  /** A page of the acts that pass the filter, newest first. */
  async auditLog(em: EntityManager, filter: AuditFilter, page: PageArguments): Promise<Connection<AuditActEntity>> {
    const request = pageRequest('auditLog', page);
    const seq = sortValue(request, isSeq);
    const rows = await em.find(
      AuditActEntity,
      {
        ...conditions(filter),
        ...(seq !== undefined && { seq: request.isBackward ? { $gt: seq } : { $lt: seq } }),
      },
      { orderBy: { seq: request.isBackward ? 'asc' : 'desc' }, limit: request.limit },
    );
    return toConnection('auditLog', request, rows, (row) => [row.seq]);
  }

  /** Streams the acts that pass the filter, oldest first. */
  async *export(em: EntityManager, filter: AuditFilter): AsyncGenerator<AuditActEntity> {
    yield* pages(em, conditions(filter), '0');
  }

  /** Verifies the chain from the oldest kept act to the newest, in one snapshot. */
  async verify(em: EntityManager): Promise<ChainReport> {
    return em.fork().transactional((tx) => this.follow(tx), {
      isolationLevel: IsolationLevel.REPEATABLE_READ,
      readOnly: true,
    });
  }

  private async follow(tx: EntityManager): Promise<ChainReport> {
    const [chain] = await tx.execute<ChainRow[]>('select * from identity.audit_chain');
    let previous = chain!.kept_after_hash;
    let seq = BigInt(chain!.kept_after_seq);
    let checked = 0;
    for await (const act of pages(tx, {}, chain!.kept_after_seq)) {
      const isNext = BigInt(act.seq) === seq + 1n && Buffer.from(act.hash).equals(chainHash(previous, act));
      if (!isNext) return { checked, brokenAt: String(seq + 1n) };
      previous = Buffer.from(act.hash);
      seq++;
      checked++;
    }
    const isWhole = String(seq) === String(chain!.last_seq) && previous.equals(chain!.last_hash);
    return { checked, brokenAt: isWhole ? null : String(seq + 1n) };
  }

  /** Deletes the acts older than `before`. The chain continues from the last of them. @returns the number of deleted acts */
  async forgetBefore(em: EntityManager, before: Date): Promise<number> {
    return em.transactional(async (tx) => {
      await lockChain(tx);
      const [last] = await tx.execute<{ seq: string; hash: Buffer }[]>(
        `select seq, hash from identity.audit_acts
         where seq < coalesce((select min(seq) from identity.audit_acts where at >= ?), 9223372036854775807)
         order by seq desc limit 1`,
        [before],
      );
      if (!last) return 0;
      await tx.execute(`set local identity.audit_retention = 'on'`);
      const deleted = await tx.execute<unknown[]>('delete from identity.audit_acts where seq <= ? returning seq', [
        last.seq,
      ]);
      await tx.execute('update identity.audit_chain set kept_after_seq = ?, kept_after_hash = ?', [
        last.seq,
        last.hash,
      ]);
      return deleted.length;
    });
  }
}

/** PostgreSQL raises an error on anything else than a bigint. */
const isSeq = (value: unknown): value is string => typeof value === 'string' && /^\d{1,18}$/.test(value);

async function lockChain(tx: EntityManager): Promise<ChainRow> {
  const [chain] = await tx.execute<ChainRow[]>('select * from identity.audit_chain for update');
  return chain!;
}

function conditions({ actorId, action, targetType, targetId, from, to }: AuditFilter) {
  return {
    // PostgreSQL raises an error on a malformed id, so use one that matches nothing.
    ...(actorId && { actorId: isId(actorId) ? actorId : '00000000-0000-0000-0000-000000000000' }),
    ...(action && { action }),
    ...(targetType && { targetType }),
    ...(targetId && { targetId }),
    ...((from || to) && { at: { ...(from && { $gte: from }), ...(to && { $lt: to }) } }),
  };
}

async function* pages(em: EntityManager, where: object, afterSeq: string): AsyncGenerator<AuditActEntity> {
  for (let seq: string | undefined = afterSeq; seq !== undefined;) {
    const rows: AuditActEntity[] = await em.find(
      AuditActEntity,
      { ...where, seq: { $gt: seq } },
      { orderBy: { seq: 'asc' }, limit: BATCH, disableIdentityMap: true },
    );
    yield* rows;
    seq = rows.length === BATCH ? rows.at(-1)!.seq : undefined;
  }
}
