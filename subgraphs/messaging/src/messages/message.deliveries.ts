/** Removes messages from the webhook log, in the transaction that deletes them. */
import type { EntityManager } from '@chat/kit/database/database';

/** Strips messages from the deliveries about them: the body if a message is deleted, everything if retention removed it. */
export async function forgetDelivered(tx: EntityManager, messageIds: readonly string[]): Promise<void> {
  if (messageIds.length === 0) return;
  await tx.execute('select messaging.forget_delivered(array(select jsonb_array_elements_text(?::jsonb)::uuid))', [
    JSON.stringify(messageIds),
  ]);
}
