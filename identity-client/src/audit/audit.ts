/** Records acts of any subgraph on the audit log, in the transaction of the act. Identity keeps the log. */
import type { EntityManager } from '@chat/kit/database/database';
import { currentCorrelationId } from '@chat/kit/logging';
import { currentActor } from '@chat/kit/auth/current-actor';

/** A security-relevant or administrative act. */
export interface AuditAct {
  /** Noun and verb, such as `channel.delete`. Stable, because people filter by it. */
  action: string;
  /** The account that acted; null for anonymous requests and the system. Default: the current actor. */
  actorId?: string | null;
  /** GraphQL type and id of the target. */
  targetType?: string;
  targetId?: string;
  /** The client's network address. Default: that of the current request. */
  address?: string | null;
  /** Further facts, without secrets and message content. */
  details?: Record<string, unknown>;
}

/** An act with its time and the request or job that it was part of. */
export interface RecordedAct extends AuditAct {
  actorId: string | null;
  /** ISO 8601. */
  at: string;
  correlationId: string | null;
}

/** The graphile-worker task that identity runs, and the queue that keeps acts in order. */
export const AUDIT_TASK = 'record-audit-act';
const TASK_IDENTIFIER = `identity:${AUDIT_TASK}`;

export function toRecordedAct(act: AuditAct): RecordedAct {
  const at = new Date().toISOString();
  return { ...currentActor(), ...act, at, correlationId: currentCorrelationId() ?? null };
}

/**
 * Records an act if and only if `tx` commits. It appears on the log soon after, or once identity is back. Requires graphile-worker's
 * tables, which exist once the subgraph's `Jobs` have started.
 */
export async function recordAct(tx: EntityManager, act: AuditAct): Promise<void> {
  await tx.execute(`select graphile_worker.add_job(?, payload => ?::json, queue_name => ?)`, [
    TASK_IDENTIFIER,
    JSON.stringify(toRecordedAct(act)),
    TASK_IDENTIFIER,
  ]);
}
