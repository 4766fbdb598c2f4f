/**
 * Stores the text of one answer as it comes, then announces it: text that was shown is always stored. Parts that arrive within a short
 * time share a statement, but are announced one by one.
 */
import type { EntityManager } from '@chat/kit/database/database';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ActivityBell } from '../../attention/activity/activity-bell';
import { appendText } from './answer.store';

/** The shortest time between two statements, in milliseconds. */
const STATEMENT_MS = 50;

/** The reason for the end of an answer that the provider did not end. */
export class AnswerStopped extends Error {
  constructor(
    readonly reason:
      /** Somebody has stopped it. */
      | 'CANCELLED'
      /** Another process has taken over. */
      | 'LOST'
      /** The next part has a word that the channel does not want. */
      | 'FILTERED'
      /** A message cannot be longer. */
      | 'LENGTH',
  ) {
    super(`The answer was stopped: ${reason}`);
    this.name = 'AnswerStopped';
  }
}

export interface AnswerWriterOptions {
  fork: () => EntityManager;
  activity: ActivityBell;
  answer: { id: string; channelId: string };
  runId: string;
  /** The longest text, in code points. */
  maxLength: number;
  /** Called before a text is stored, with all of the text. Throws if it must not be shown. */
  check: (text: string) => void;
  /** Called once with the reason if no further text is taken. */
  stop: (reason: unknown) => void;
}

export class AnswerWriter {
  private waiting: string[] = [];
  private provider = '';
  private storedAt = -Infinity;
  private storing: Promise<void> | undefined;
  private failure: { reason: unknown } | undefined;
  /** Code points that can still come. */
  private left: number;
  private stored = '';

  constructor(private readonly options: AnswerWriterOptions) {
    this.left = options.maxLength;
  }

  /** The text that is stored and announced. */
  get text(): string {
    return this.stored;
  }

  /** Takes a part, to be stored within {@link STATEMENT_MS}. @throws the reason of an earlier stop */
  add(part: string, provider: string): void {
    if (this.failure) throw this.failure.reason;
    const characters = [...part];
    this.waiting.push(characters.length > this.left ? characters.slice(0, this.left).join('') : part);
    this.provider = provider;
    this.left -= characters.length;
    this.storing ??= this.storeAll().finally(() => (this.storing = undefined));
    if (this.left < 0) this.stop(new AnswerStopped('LENGTH'));
  }

  /** Stores what is waiting. @throws the reason of a stop, except of one that {@link add} has thrown */
  async end(): Promise<void> {
    await this.storing;
    await this.storeAll();
    if (this.failure) throw this.failure.reason;
  }

  private async storeAll(): Promise<void> {
    try {
      while (this.waiting.length > 0) {
        const pauseMs = this.storedAt + STATEMENT_MS - performance.now();
        if (pauseMs > 0) await sleep(pauseMs);
        await this.store(this.waiting.splice(0));
      }
    } catch (error) {
      this.waiting = [];
      this.stop(error);
    }
  }

  private async store(parts: readonly string[]): Promise<void> {
    const { fork, activity, answer, runId, check } = this.options;
    const text = parts.join('');
    if (text === '') return;
    check(this.stored + text);
    const outcome = await appendText(fork(), { id: answer.id, runId, text, provider: this.provider });
    this.storedAt = performance.now();
    if (outcome !== 'APPENDED') throw new AnswerStopped(outcome);
    for (const delta of parts) {
      const offset = this.stored.length;
      activity.ring(answer.channelId, { type: 'AssistantToken', messageId: answer.id, offset, delta, done: false });
      this.stored += delta;
    }
  }

  private stop(reason: unknown): void {
    if (this.failure) return;
    this.failure = { reason };
    this.options.stop(reason);
  }
}
