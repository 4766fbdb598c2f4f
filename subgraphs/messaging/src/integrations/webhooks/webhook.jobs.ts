/** The job for delivery attempts: one job per delivery, in sequence per webhook. */
import type { EntityManager } from '@chat/kit/database/database';
import type { Jobs } from '@chat/kit/jobs/jobs';

/** The task's name. */
export const DELIVER = 'deliver';

/**
 * Enqueues an attempt in the caller's transaction and replaces a later attempt of the same delivery. One queue per webhook keeps first
 * attempts in order, and a slow receiver delays only its own deliveries.
 */
export const enqueueAttempt = (
  jobs: Jobs,
  tx: EntityManager,
  { id, webhookId }: { id: string; webhookId: string },
  runAt?: Date,
): Promise<void> =>
  jobs.enqueue(tx, DELIVER, { deliveryId: id }, { ...(runAt && { runAt }), queue: webhookId, key: `delivery:${id}` });
