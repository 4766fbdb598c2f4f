/** Finds ended sessions and API keys for gateways that have connections of them and receive no revocations at the moment. */
import type { EntityManager } from '@chat/kit/database/database';
import { isId } from '@chat/kit/ids';

/** @returns those of `ids` that have ended or never existed, in no particular order */
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
