/** Attempts one delivery, signed according to Standard Webhooks 1.0, and records the outcome. */
import type { Secret } from '@chat/kit/auth/derived-keys';
import type { EntityManager } from '@chat/kit/database/database';
import type { Append, EventLog } from '@chat/kit/events/event-log';
import type { Jobs } from '@chat/kit/jobs/jobs';
import { Webhook } from 'standardwebhooks';
import { RefusedUrl, type OutboundHttp } from '@chat/kit/outbound/outbound-http';
import { tellOwner } from './webhook-disabled.type';
import type { WebhookCreators } from './webhook.creators';
import { enqueueAttempt } from './webhook.jobs';
import { signingSecrets } from './webhook.secret';

interface DueDelivery {
  id: string;
  webhook_id: string;
  url: string;
  body: string;
  attempts: number;
  is_disabled: boolean;
  secret_version: number;
  previous_secret_until: string | null;
  channel_id: string | null;
  created_by: string;
  made_by_key: string | null;
}

/** The status of the response, null if there was none, and the error if the attempt failed. */
type Outcome = { status: number; error?: undefined } | { status: number | null; error: string; retryAfterMs?: number };

type Failure = Extract<Outcome, { error: string }>;

/** "Too Many Requests" and "Service Unavailable", for which `Retry-After` applies. */
const BUSY = [429, 503];

/** The longest pause that a receiver can request. */
const MAX_RETRY_AFTER_MS = 86_400_000;

/** "Gone": the receiver wants no more events. */
const GONE = 410;

export interface DelivererOptions {
  secret: Secret;
  /** Seconds before each retry. After the last retry the delivery has failed. */
  retrySeconds: readonly number[];
}

export class WebhookDeliverer {
  constructor(
    private readonly fork: () => EntityManager,
    private readonly eventLog: EventLog,
    private readonly jobs: Jobs,
    private readonly http: OutboundHttp,
    private readonly creators: WebhookCreators,
    private readonly options: DelivererOptions,
  ) {}

  /** Does nothing if the delivery is done or its webhook deleted. */
  async deliver({ deliveryId }: { deliveryId: string }, { signal }: { signal: AbortSignal }): Promise<void> {
    const em = this.fork();
    const [due] = await em.execute<DueDelivery[]>(
      `select d.id, d.webhook_id, w.url, d.body, d.attempts, w.disabled_at is not null as is_disabled, w.secret_version,
         w.previous_secret_until, w.channel_id, w.created_by, w.made_by_key
       from messaging.webhook_deliveries d join messaging.webhooks w on w.id = d.webhook_id
       where d.id = ? and d.status = 'PENDING'`,
      [deliveryId],
    );
    if (!due) return;
    const { webhook_id: id, channel_id: channelId, created_by: createdBy, made_by_key: madeByKey } = due;
    if (due.is_disabled || !(await this.creators.keep(em, { id, channelId, createdBy, madeByKey })))
      return this.giveUp(em, due.id, 'The webhook is disabled.');
    const outcome = await this.attempt(due, signal);
    if (outcome.error === undefined) return this.succeeded(em, due, outcome.status);
    signal.throwIfAborted(); // shutting down: does not count as an attempt; another process repeats it
    return this.failed(em, due, outcome);
  }

  private async attempt({ id, url, body, ...due }: DueDelivery, signal: AbortSignal): Promise<Outcome> {
    const now = new Date();
    const secrets = signingSecrets(
      this.options.secret,
      {
        id: due.webhook_id,
        secretVersion: due.secret_version,
        previousSecretUntil: due.previous_secret_until === null ? null : new Date(due.previous_secret_until),
      },
      now,
    );
    const signatures = secrets.map((secret) => new Webhook(secret).sign(id, now, body));
    try {
      const { status, retryAfterMs } = await this.http.post(url, {
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'user-agent': 'chat-system-webhooks',
          'webhook-id': id,
          'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
          'webhook-signature': signatures.join(' '),
        },
        body,
        signal,
      });
      if (status >= 200 && status < 300) return { status };
      const isBusy = BUSY.includes(status);
      return { status, error: `The receiver responded with status ${status}.`, ...(isBusy && { retryAfterMs }) };
    } catch (error) {
      return { status: null, error: explain(error) };
    }
  }

  private async succeeded(em: EntityManager, due: DueDelivery, status: number): Promise<void> {
    await em.transactional(async (tx) => {
      // Locks the webhook before its deliveries, in the order of its deletion.
      await tx.execute(
        'update messaging.webhooks set failing_since = null where id = ? and failing_since is not null',
        [due.webhook_id],
      );
      await tx.execute(
        `update messaging.webhook_deliveries set status = 'DELIVERED', attempts = attempts + 1, response_status = ?,
           error = null, next_attempt_at = null, delivered_at = now() where id = ?`,
        [status, due.id],
      );
    });
  }

  private async failed(em: EntityManager, due: DueDelivery, { status, error, ...busy }: Failure): Promise<void> {
    const pause = status === GONE ? undefined : this.options.retrySeconds[due.attempts];
    const asked = Math.min(busy.retryAfterMs ?? 0, MAX_RETRY_AFTER_MS);
    const runAt = pause === undefined ? null : new Date(Date.now() + Math.max(pause * 1000, asked));
    await this.eventLog.transaction(em, async (tx, append) => {
      await tx.execute('update messaging.webhooks set failing_since = coalesce(failing_since, now()) where id = ?', [
        due.webhook_id,
      ]);
      await tx.execute(
        `update messaging.webhook_deliveries set status = ?, attempts = attempts + 1, response_status = ?, error = ?,
           next_attempt_at = ?, first_failed_at = coalesce(first_failed_at, now()) where id = ?`,
        [runAt ? 'PENDING' : 'FAILED', status, error, runAt, due.id],
      );
      if (runAt) await enqueueAttempt(this.jobs, tx, { id: due.id, webhookId: due.webhook_id }, runAt);
      else await this.disableIfLasting(tx, append, due, status === GONE);
    });
  }

  /** Disables the webhook if no delivery has succeeded since the first failure of this one. */
  private async disableIfLasting(tx: EntityManager, append: Append, due: DueDelivery, isGone: boolean): Promise<void> {
    const reason = isGone
      ? 'The receiver responded with 410: it wants no more events.'
      : 'No delivery succeeded during the whole retry period.';
    const [disabled] = await tx.execute<{ created_by: string }[]>(
      `update messaging.webhooks w set disabled_at = now(), disabled_reason = ? from messaging.webhook_deliveries d
       where w.id = d.webhook_id and d.id = ? and w.disabled_at is null and (? or w.failing_since <= d.first_failed_at)
       returning w.created_by`,
      [reason, due.id, isGone],
    );
    if (disabled) await tellOwner(append, due.webhook_id, disabled.created_by, reason);
  }

  private async giveUp(em: EntityManager, id: string, error: string): Promise<void> {
    await em.execute(
      `update messaging.webhook_deliveries set status = 'FAILED', error = ?, next_attempt_at = null where id = ?`,
      [error, id],
    );
  }
}

/** The error for the owner's log, without addresses of the internal network. */
function explain(error: unknown): string {
  if (error instanceof RefusedUrl) return error.message;
  const { name, code } = error as { name?: string; code?: string };
  if (name === 'TimeoutError') return 'The receiver did not respond in time.';
  return `The receiver could not be reached (${code ?? name ?? 'unknown'}).`;
}
