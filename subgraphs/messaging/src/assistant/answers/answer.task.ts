/**
 * The job that answers one question. May run twice, also at the same time: the row's run id decides which run may add text. An answer of
 * which text was shown is never begun again, because another text would not continue it.
 */
import { ASSISTANT_ID } from '@chat/identity-client/directory/assistant-account';
import { isActiveAccount } from '@chat/identity-client/directory/directory';
import type { EntityManager } from '@chat/kit/database/database';
import { newId } from '@chat/kit/ids';
import type { JobTask } from '@chat/kit/jobs/jobs';
import type { ModelChain } from '@chat/kit/language-models/model-chain';
import type { Logger } from '@chat/kit/logging';
import type { ActivityBell } from '../../attention/activity/activity-bell';
import type { AbsentAuthors } from '../../channels/absent-authors';
import type { ChannelEntity } from '../../channels/channel.entity';
import { checkFilteredWords } from '../../messages/word-filter';
import type { ReferenceFinder } from '../references/reference.finder';
import { failureNotice } from './failure-notice';
import { AnswerState, isEnded, type AnswerEntity } from './answer.entity';
import type { AnswerRuns } from './answer.runs';
import type { AnswerSender } from './answer.sender';
import { endAnswer, findAnswer, takeAnswer } from './answer.store';
import { AnswerStopped, AnswerWriter } from './answer.writer';
import { promptOf } from './prompt';

export interface AnswerTaskParts {
  fork: () => EntityManager;
  models: ModelChain;
  authors: AbsentAuthors;
  activity: ActivityBell;
  sender: AnswerSender;
  runs: AnswerRuns;
  references: ReferenceFinder;
  log: Logger;
  /** The longest message, in code points. */
  maxLength: number;
  /** The longest prompt, in estimated tokens. */
  promptTokens: number;
  /** The longest answer, in tokens. */
  answerTokens: number;
}

interface End {
  state: AnswerState;
  failure?: string;
  /** The text of the message if the answer has none. */
  notice?: string;
}

export class AnswerTask {
  private readonly ended = new Map<string, { provider: string; state: string; count: number }>();

  constructor(private readonly parts: AnswerTaskParts) {}

  /** Answers that ended in this process, by provider and state. The provider is `none` if none has sent text. */
  counts(): Iterable<{ provider: string; state: string; count: number }> {
    return this.ended.values();
  }

  readonly run: JobTask = async ({ id }: { id: string }, { signal }) => {
    const { fork, runs, sender } = this.parts;
    const runId = newId();
    const answer = await takeAnswer(fork(), id, runId);
    if (!answer) return;
    if (!isEnded(answer.state)) {
      const end = await runs.during({ id, runId, signal }, (stopped) => this.answer(answer, runId, stopped));
      if (!end || !(await endAnswer(fork(), { id, runId, ...end }))) return; // another run has taken over
    }
    const ended = await findAnswer(fork(), id);
    if (!ended) return;
    if (!isEnded(answer.state)) this.count(ended);
    await sender.send(fork(), ended);
  };

  private count({ provider, state }: AnswerEntity): void {
    const key = `${provider} ${state}`;
    const count = (this.ended.get(key)?.count ?? 0) + 1;
    this.ended.set(key, { provider: provider ?? 'none', state, count });
  }

  /** @returns undefined if another run has taken over. @throws if the job has to run again */
  private async answer(answer: AnswerEntity, runId: string, stopped: AbortSignal): Promise<End | undefined> {
    const { fork, authors } = this.parts;
    if (answer.isCancelled) return { state: AnswerState.CANCELLED };
    if (answer.body !== '') return { state: AnswerState.INTERRUPTED, failure: 'RESTARTED' };
    const em = fork();
    if (!(await isActiveAccount(em, ASSISTANT_ID))) return { state: AnswerState.FAILED, failure: 'REFUSED' };
    // The asker's access of this moment counts, not the one at the time of the question.
    const { askerId: accountId, keyId, channelId } = answer;
    const asker = await authors.writing(em, { accountId, keyId }, channelId);
    if (asker.refusal !== undefined) return { state: AnswerState.FAILED, failure: 'REFUSED' };
    return this.stream(answer, { runId, channel: asker.access.channel, stopped });
  }

  private async stream(
    answer: AnswerEntity,
    { runId, channel, stopped }: { runId: string; channel: ChannelEntity; stopped: AbortSignal },
  ): Promise<End | undefined> {
    const { fork, activity, models, references, maxLength, promptTokens, answerTokens } = this.parts;
    const turns = await promptOf(fork(), answer, promptTokens);
    if (!turns) return { state: AnswerState.CANCELLED };
    const findReferences = references.for({ accountId: answer.askerId, keyId: answer.keyId }, channel);
    const told = (end: End): End => ({ ...end, notice: noticeFor(end, turns.at(-1)!.content, channel) });
    const stop = new AbortController();
    const writer = new AnswerWriter({
      fork,
      activity,
      answer,
      runId,
      maxLength,
      check: (text) => checkFiltered(text, channel),
      stop: (reason) => stop.abort(reason),
    });
    try {
      const { isComplete, provider, error } = await models.answer(
        { turns, maxTokens: answerTokens, findReferences },
        {
          signal: AbortSignal.any([stopped, stop.signal]),
          onText: (text, name) => writer.add(text, name),
        },
      );
      await writer.end();
      if (isComplete) return { state: AnswerState.COMPLETE };
      return told({ state: provider ? AnswerState.INTERRUPTED : AnswerState.FAILED, failure: error?.fault });
    } catch (error) {
      const reason = await writer.end().then(
        () => error,
        (stop: unknown) => stop,
      );
      const end = this.endFor(reason, writer.text !== '');
      return end && told(end);
    }
  }

  /** @throws `reason` if the job has to run again: the process stops, or PostgreSQL is unavailable */
  private endFor(reason: unknown, hasText: boolean): End | undefined {
    if (!(reason instanceof AnswerStopped)) {
      if (!hasText) throw reason;
      this.parts.log.warn({ err: reason }, 'an answer was interrupted');
      return { state: AnswerState.INTERRUPTED, failure: 'RESTARTED' };
    }
    if (reason.reason === 'LOST') return undefined;
    if (reason.reason === 'CANCELLED') return { state: AnswerState.CANCELLED };
    return { state: AnswerState.INTERRUPTED, failure: reason.reason };
  }
}

/** Undefined if somebody has stopped the answer, and if the channel filters the notice. */
function noticeFor({ state, failure }: End, question: string, channel: ChannelEntity): string | undefined {
  if (state === AnswerState.CANCELLED) return undefined;
  const notice = failureNotice(failure, question);
  try {
    checkFilteredWords(notice, channel);
    return notice;
  } catch {
    return undefined;
  }
}

function checkFiltered(text: string, channel: ChannelEntity): void {
  try {
    checkFilteredWords(text, channel);
  } catch {
    throw new AnswerStopped('FILTERED');
  }
}
