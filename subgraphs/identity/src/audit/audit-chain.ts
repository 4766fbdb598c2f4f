/** The hash that chains an act to its predecessor, so that changed, removed and inserted acts are detected. */
import { createHash } from 'node:crypto';
import type { AuditActEntity } from './audit-act.entity';

/** SHA-256 over the previous hash and the act's canonical JSON. */
export function chainHash(previous: Buffer, act: Omit<AuditActEntity, 'hash'>): Buffer {
  const { seq, id, at, action, actorId, targetType, targetId, address, correlationId, details } = act;
  const facts = [String(seq), id, at.toISOString(), action, actorId, targetType, targetId, address, correlationId];
  return createHash('sha256')
    .update(previous)
    .update(JSON.stringify([...facts, sorted(details)]))
    .digest();
}

/** Sorts the keys of all objects, because PostgreSQL's jsonb does not preserve their order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, sorted(member)]),
  );
}
