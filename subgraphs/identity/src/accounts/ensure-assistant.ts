/** Creates the account of the assistant, which has no password, no address and no role. Idempotent. */
import { ASSISTANT_ID, ASSISTANT_NAME } from '@chat/identity-client/directory/assistant-account';
import type { EntityManager } from '@chat/kit/database/database';
import { createUser, takenFields } from '../users/create-user';
import { UserEntity } from '../users/user.entity';

/** Names that are tried in order: an older installation may have given the first to somebody. */
const NAMES = [ASSISTANT_NAME, `${ASSISTANT_NAME}-bot`, `${ASSISTANT_NAME}-${ASSISTANT_ID.slice(-4)}`];

export async function ensureAssistant(em: EntityManager): Promise<void> {
  if ((await em.count(UserEntity, { id: ASSISTANT_ID })) > 0) return;
  await em.transactional(async (tx) => {
    await tx.execute(`select pg_advisory_xact_lock(hashtext('identity: assistant'))`);
    if ((await tx.count(UserEntity, { id: ASSISTANT_ID })) > 0) return;
    for (const username of NAMES) {
      if (Object.keys(await takenFields(tx, username)).length > 0) continue;
      await createUser(tx, { id: ASSISTANT_ID, username, displayName: 'Assistant', roles: [], isBot: true });
      return;
    }
    throw new Error(`None of the names ${NAMES.join(', ')} is free for the assistant.`);
  });
}
