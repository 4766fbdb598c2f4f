/** Tells gateways that cannot hear of it which of the sessions and API keys that they have connections of are no more. */
import type { EntityManager } from '@chat/kit/database/database';
import { isId } from '@chat/kit/ids';

/** Of `ids` those that have ended or never were, in no order. */
export async function endedSessions(em: EntityManager, ids: readonly string[]): Promise<string[]> {
  const known = ids.filter(isId);
  if (known.length === 0) return [...ids];
  const open = await em.execute<{ id: string }[]>(
    `select id from identity.sessions where id in (?) and revoked_at is null
     union all select id from identity.api_keys where id in (?) and revoked_at is null`,
    [known, known],
  );
  const isOpen = new Set(open.map(({ id }) => id));
  return ids.filter((id) => !isOpen.has(id));
}
