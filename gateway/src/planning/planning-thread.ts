/** Plans heavy operations on a thread with a deadline, one at a time. The thread starts when it is warmed, or with the first of them. */
import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { QueryPlan } from '@apollo/query-planner';
import { print, type DocumentNode } from 'graphql';
import { ApiError } from '@chat/kit/errors';
import { sourceFlags } from '@chat/kit/process/run-sources';
import type { Supergraph } from '../supergraph/supergraph';
import type { PlanningReport, PlanningTask } from './planning.worker';
import { PLANNING_DEADLINE_MS, tooLongToPlan } from './planning-time';

/** How many operations wait for the thread at most. More are refused at once. */
const MAX_WAITING = 16;

interface Job {
  task: PlanningTask;
  resolve: (plan: QueryPlan) => void;
  reject: (error: Error) => void;
}

export class PlanningThread implements AsyncDisposable {
  private readonly waiting: Job[] = [];
  private job?: Job;
  private worker?: Worker;
  private deadline?: NodeJS.Timeout;
  private isClosed = false;

  constructor(private readonly deadlineMs = PLANNING_DEADLINE_MS) {}

  /** Loads a supergraph into the thread, so that the first heavy operation does not wait for the start. */
  warm({ id, sdl }: Supergraph): void {
    if (this.isClosed) return;
    if (!this.worker) {
      this.worker = this.start();
      this.worker.unref(); // an idle thread does not keep the process alive
    }
    this.worker.postMessage({ supergraph: { id, sdl } } satisfies PlanningTask);
  }

  /**
   * `document` has one operation without conditions. Rejects with LIMIT_EXCEEDED at the deadline, which begins when the planner
   * starts, and with SERVICE_UNAVAILABLE if too many operations wait.
   */
  plan(document: DocumentNode, { id, sdl }: Supergraph): Promise<QueryPlan> {
    if (this.isClosed || this.waiting.length >= MAX_WAITING) {
      return Promise.reject(new ApiError('SERVICE_UNAVAILABLE', 'Too many operations are waiting to be planned.'));
    }
    return new Promise((resolve, reject) => {
      this.waiting.push({ task: { supergraph: { id, sdl }, operation: print(document) }, resolve, reject });
      this.next();
    });
  }

  private next(): void {
    if (this.job || this.isClosed) return;
    this.job = this.waiting.shift();
    if (!this.job) {
      this.worker?.unref(); // an idle thread does not keep the process alive
      return;
    }
    this.worker ??= this.start();
    this.worker.ref();
    this.worker.postMessage(this.job.task);
  }

  private start(): Worker {
    const worker = new Worker(join(__dirname, `planning.worker${extname(__filename)}`), { execArgv: sourceFlags() });
    worker.on('message', (report: PlanningReport) => {
      if (worker === this.worker) this.heed(report);
    });
    const lose = (error: Error) => {
      if (worker === this.worker) this.replace(error);
    };
    worker.on('error', (error) => lose(error instanceof Error ? error : new Error(String(error))));
    worker.on('exit', (code) => lose(new Error(`The planning thread ended with code ${code}.`)));
    return worker;
  }

  private heed(report: PlanningReport): void {
    const { job } = this;
    if (!job) return;
    if (report.kind === 'started') {
      // A busy event loop runs timers before it reads messages, so a result that is already there gets its turn.
      const expire = () => setImmediate(() => this.job === job && this.replace(tooLongToPlan()));
      this.deadline = setTimeout(expire, this.deadlineMs).unref();
      return;
    }
    if (report.kind === 'planned') job.resolve(report.plan);
    else if (report.kind === 'refused') job.reject(new ApiError(report.code, report.message));
    else job.reject(new Error(`The planner failed: ${report.message}`));
    this.finish();
  }

  /** Ends the thread, which cannot be interrupted otherwise; the next operation starts another. */
  private replace(error: Error): void {
    const { worker, job } = this;
    this.worker = undefined;
    void worker?.terminate();
    job?.reject(error);
    this.finish();
  }

  private finish(): void {
    clearTimeout(this.deadline);
    this.job = undefined;
    this.next();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.deadline);
    const { worker } = this;
    this.worker = undefined;
    const closed = new ApiError('SERVICE_UNAVAILABLE', 'The gateway is shutting down.');
    for (const { reject } of [...(this.job ? [this.job] : []), ...this.waiting.splice(0)]) reject(closed);
    this.job = undefined;
    await worker?.terminate();
  }
}
