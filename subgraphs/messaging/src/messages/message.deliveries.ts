/** What the log of webhooks keeps of messages. Runs in the transaction that takes them away. */
import type { EntityManager } from '@chat/kit/database/database';

/** Takes what messages said out of every delivery that tells of them: of deleted ones their body, of removed ones everything. */
export async function forgetDelivered(tx: EntityManager, messageIds: readonly string[]): Promise<void> {
  if (messageIds.length === 0) return;
  await tx.execute('select messaging.forget_delivered(array(select jsonb_array_elements_text(?::jsonb)::uuid))', [
    JSON.stringify(messageIds),
  ]);
}
