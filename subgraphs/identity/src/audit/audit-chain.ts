/** The hash of an act: over the act and the hash before it, so that nothing can be changed, left out or put in unseen. */
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

/** The same value with the keys of all objects in one order, as PostgreSQL keeps none. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, sorted(member)]),
  );
}
