/** How any subgraph puts an act on the audit log, in the transaction of the act itself. Identity keeps the log. */
import type { EntityManager } from '@chat/kit/database/database';
import { currentCorrelationId } from '@chat/kit/logging';
import { currentActor } from '@chat/kit/auth/current-actor';

/** A security-relevant or administrative act. */
export interface AuditAct {
  /** Noun and verb, such as `channel.delete`; stable, as people filter by it. */
  action: string;
  /** The account that did it; null for nobody and for the system itself, whoever's request runs where it is absent. */
  actorId?: string | null;
  /** GraphQL type and id of what it was done to. */
  targetType?: string;
  targetId?: string;
  /** The client's network address; that of the request that runs where it is absent. */
  address?: string | null;
  /** Further facts; no secrets, no content of messages. */
  details?: Record<string, unknown>;
}

/** An act as it travels: with the moment, and the request or job that it was part of. */
export interface RecordedAct extends AuditAct {
  actorId: string | null;
  /** ISO 8601. */
  at: string;
  correlationId: string | null;
}

/** The graphile-worker task that identity answers to, and the queue that keeps acts in order. */
export const AUDIT_TASK = 'record-audit-act';
const TASK_IDENTIFIER = `identity:${AUDIT_TASK}`;

export function toRecordedAct(act: AuditAct): RecordedAct {
  const at = new Date().toISOString();
  return { ...currentActor(), ...act, at, correlationId: currentCorrelationId() ?? null };
}

/**
 * Records an act if and only if `tx` commits. It is on the log moments later, also where identity is down just now.
 * Needs graphile-worker's tables, as a subgraph has once its `Jobs` have started.
 */
export async function recordAct(tx: EntityManager, act: AuditAct): Promise<void> {
  await tx.execute(`select graphile_worker.add_job(?, payload => ?::json, queue_name => ?)`, [
    TASK_IDENTIFIER,
    JSON.stringify(toRecordedAct(act)),
    TASK_IDENTIFIER,
  ]);
}
