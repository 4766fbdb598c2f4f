/** Keeps the audit log: appends acts to the chain, verifies it, lists it, and forgets what retention allows to be forgotten. */
import { toRecordedAct, type RecordedAct } from '@chat/identity-client/audit/audit';
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
import type { Actor } from './actor';
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

export interface AuditTarget {
  type: string;
  id: string;
}

/** What a check of the chain has found. `brokenAt` is the `seq` of the first act that does not follow from those before. */
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
  /** Appends what `actor` has just done. Call it last in its transaction: the chain is locked until commit. */
  record(
    tx: EntityManager,
    actor: Actor,
    action: string,
    target?: AuditTarget,
    details: Record<string, unknown> = {},
  ): Promise<void> {
    return this.append(
      tx,
      toRecordedAct({
        action,
        actorId: actor.id,
        targetType: target?.type,
        targetId: target?.id,
        address: actor.client.address,
        details,
      }),
    );
  }

  /** Appends an act of any subgraph, in the caller's transaction. `id` makes it safe to repeat. */
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

  /** Newest first. */
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

  /** Every act that passes the filter, oldest first, a page at a time. */
  async *export(em: EntityManager, filter: AuditFilter): AsyncGenerator<AuditActEntity> {
    yield* pages(em, conditions(filter), '0');
  }

  /** Follows the chain from the first act that is kept to the last, as they are at one moment, whoever writes meanwhile. */
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

  /** Deletes acts from before `before`; the chain goes on from the last of them. Returns how many were deleted. */
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

/** PostgreSQL raises an error on what is no bigint. */
const isSeq = (value: unknown): value is string => typeof value === 'string' && /^\d{1,18}$/.test(value);

async function lockChain(tx: EntityManager): Promise<ChainRow> {
  const [chain] = await tx.execute<ChainRow[]>('select * from identity.audit_chain for update');
  return chain!;
}

function conditions({ actorId, action, targetType, targetId, from, to }: AuditFilter) {
  return {
    // An id that is none matches nothing, where PostgreSQL would raise an error.
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
