/** Runs the jobs that answer questions. Has its own job runner, so that slow providers delay no other jobs. */
import type { Database } from '@chat/kit/database/database';
import { jobGauges } from '@chat/kit/jobs/job-gauges';
import { Jobs, type JobTask } from '@chat/kit/jobs/jobs';
import type { Logger } from '@chat/kit/logging';
import type { GaugeDefinition } from '@chat/kit/telemetry/registries';

export class AnswerWorker implements AsyncDisposable {
  private readonly jobs: Jobs;

  constructor(
    private readonly database: Database,
    log: Logger,
    private readonly concurrency: number,
  ) {
    this.jobs = new Jobs('messaging-assistant', database, log); // the trigger on answers uses this name
  }

  /** The backlog of questions. */
  gauges(): GaugeDefinition[] {
    return jobGauges('assistant', this.jobs, this.database);
  }

  /** Runs until it is disposed of. Needs a migrated database. */
  async start(answer: JobTask): Promise<void> {
    await this.jobs.start({ answer }, { concurrency: this.concurrency });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.jobs[Symbol.asyncDispose]();
  }
}
