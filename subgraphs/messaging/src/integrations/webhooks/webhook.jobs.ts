/** The job that attempts a delivery: one per delivery, and one after the other for each webhook. */
import type { EntityManager } from '@chat/kit/database/database';
import type { Jobs } from '@chat/kit/jobs/jobs';

/** The task's name. */
export const DELIVER = 'deliver';

/**
 * Within the transaction that makes the attempt due. It takes the place of an attempt that was to be made later. The queue keeps a slow
 * receiver's deliveries waiting and nobody else's, and first attempts in order.
 */
export const enqueueAttempt = (
  jobs: Jobs,
  tx: EntityManager,
  { id, webhookId }: { id: string; webhookId: string },
  runAt?: Date,
): Promise<void> =>
  jobs.enqueue(tx, DELIVER, { deliveryId: id }, { ...(runAt && { runAt }), queue: webhookId, key: `delivery:${id}` });
