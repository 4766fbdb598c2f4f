/** The answers that this process is giving. A request to stop one comes by a signal, and by a look at its row if Redis is unavailable. */
import type { EntityManager } from '@chat/kit/database/database';
import type { Bell } from '@chat/kit/events/bell';
import type { Logger } from '@chat/kit/logging';
import { setTimeout as sleep } from 'node:timers/promises';
import { isStopped } from './answer.store';
import { AnswerStopped } from './answer.writer';

const TOPIC = 'assistant-stop';
/** Between two looks at the row, in milliseconds. */
const LOOK_MS = 2000;

export interface Run {
  id: string;
  runId: string;
  /** Aborts when the process stops. */
  signal: AbortSignal;
}

export class AnswerRuns implements AsyncDisposable {
  private readonly running = new Map<string, AbortController>();
  private readonly listening: Promise<() => void>;

  constructor(
    private readonly bell: Bell,
    private readonly fork: () => EntityManager,
    private readonly log: Logger,
  ) {
    this.listening = bell.listenSignal<{ id: string }>(TOPIC, ({ id }) => this.stopHere(id));
    this.listening.catch((error: unknown) => log.debug({ err: error }, 'cannot hear which answers are stopped'));
  }

  /** Stops the answer in all processes. Its row has the request already. */
  stop(id: string): void {
    this.bell
      .signal(TOPIC, { id })
      .catch((error: unknown) => this.log.debug({ err: error }, 'could not signal that an answer is stopped'));
  }

  /** Runs `work` with a signal that aborts when the answer or the process is stopped. */
  async during<T>({ id, runId, signal }: Run, work: (stopped: AbortSignal) => Promise<T>): Promise<T> {
    const stop = new AbortController();
    const end = new AbortController();
    this.running.set(id, stop);
    void this.look(id, runId, stop, end.signal);
    try {
      return await work(AbortSignal.any([signal, stop.signal]));
    } finally {
      end.abort();
      if (this.running.get(id) === stop) this.running.delete(id);
    }
  }

  private stopHere(id: string): void {
    this.running.get(id)?.abort(new AnswerStopped('CANCELLED'));
  }

  private async look(id: string, runId: string, stop: AbortController, ended: AbortSignal): Promise<void> {
    for (;;) {
      await sleep(LOOK_MS, undefined, { signal: ended, ref: false }).catch(() => undefined);
      if (ended.aborted) return;
      try {
        if (await isStopped(this.fork(), id, runId)) stop.abort(new AnswerStopped('CANCELLED'));
      } catch (error) {
        this.log.debug({ err: error }, 'could not look whether an answer is stopped');
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.listening.then((stop) => stop()).catch(() => undefined);
  }
}
