/** The background work of webhooks. Has its own job runner, so that slow receivers delay no other jobs. */
import { secretOf } from '@chat/kit/auth/derived-keys';
import type { Database, EntityManager } from '@chat/kit/database/database';
import type { EventLog } from '@chat/kit/events/event-log';
import { jobGauges } from '@chat/kit/jobs/job-gauges';
import { Jobs } from '@chat/kit/jobs/jobs';
import type { Logger } from '@chat/kit/logging';
import type { GaugeDefinition } from '@chat/kit/telemetry/registries';
import type { MessagingConfig } from '../../config';
import { OutboundHttp } from '@chat/kit/outbound/outbound-http';
import { addressRule } from '@chat/kit/outbound/public-address';
import type { WebhookCreators } from './webhook.creators';
import { WebhookDeliverer } from './webhook.deliverer';
import { WebhookDispatcher } from './webhook.dispatcher';
import { DELIVER, enqueueAttempt } from './webhook.jobs';

/** Concurrent deliveries per process. */
const CONCURRENCY = 8;

export interface WebhookWorkerOptions {
  config: MessagingConfig;
  database: Database;
  eventLog: EventLog;
  creators: WebhookCreators;
  log: Logger;
}

export class WebhookWorker implements AsyncDisposable {
  private readonly jobs: Jobs;
  private readonly http: OutboundHttp;

  constructor(private readonly options: WebhookWorkerOptions) {
    const { config, database, log } = options;
    this.jobs = new Jobs('messaging-webhooks', database, log); // the trigger on event rows uses this name
    this.http = new OutboundHttp({
      isAllowed: addressRule(config.WEBHOOK_ALLOW_PRIVATE_ADDRESSES),
      timeoutMs: config.WEBHOOK_TIMEOUT_SECONDS * 1000,
    });
  }

  /** The backlog of deliveries. */
  gauges(): GaugeDefinition[] {
    return jobGauges('webhook', this.jobs, this.options.database);
  }

  /** Enqueues a delivery; see {@link enqueueAttempt}. */
  attempt(tx: EntityManager, delivery: { id: string; webhookId: string }): Promise<void> {
    return enqueueAttempt(this.jobs, tx, delivery);
  }

  /** Runs until it is disposed of. Needs a migrated database. */
  async start(): Promise<void> {
    const { config, database, eventLog, creators } = this.options;
    const fork = () => database.fork();
    const dispatcher = new WebhookDispatcher(fork, this.jobs, creators);
    const deliverer = new WebhookDeliverer(fork, eventLog, this.jobs, this.http, creators, {
      secret: secretOf(config),
      retrySeconds: config.WEBHOOK_RETRY_SECONDS,
    });
    await this.jobs.start(
      {
        'dispatch-event': (event: { stream: string; seq: number }) => dispatcher.dispatch(event),
        [DELIVER]: (delivery: { deliveryId: string }, job) => deliverer.deliver(delivery, job),
        'clean-log': () => this.cleanLog(),
      },
      { concurrency: CONCURRENCY, cron: ['17 * * * * clean-log'] },
    );
  }

  /** Also deletes pending deliveries that were due long ago: their jobs are lost. */
  private async cleanLog(): Promise<void> {
    const em = this.options.database.fork();
    const before = new Date(Date.now() - this.options.config.WEBHOOK_LOG_DAYS * 86_400_000);
    await em.execute(
      `delete from messaging.webhook_deliveries
       where created_at < ? and (status <> 'PENDING' or next_attempt_at < ?)`,
      [before, before],
    );
    await this.jobs.forgetFailed(em, before);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.jobs[Symbol.asyncDispose]();
    await this.http[Symbol.asyncDispose]();
  }
}
