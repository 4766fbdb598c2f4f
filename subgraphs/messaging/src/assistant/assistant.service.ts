/** Asks the assistant, stops its answers and tells its state. assistant.policy.ts checks permission before; a job answers. */
import type { EntityManager } from '@chat/kit/database/database';
import { ApiError, badUserInput, notFound } from '@chat/kit/errors';
import type { ModelChain, ModelState } from '@chat/kit/language-models/model-chain';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Activity, ActivityBell } from '../attention/activity/activity-bell';
import type { ChannelAccess } from '../channels/channel.rules';
import type { MessageSender } from '../messages/message.sender';
import { isEnded, type AnswerEntity } from './answers/answer.entity';
import type { AnswerRuns } from './answers/answer.runs';
import { findAnswer, findAnswerTo, requestCancel } from './answers/answer.store';
import type { AskAssistantInput } from './assistant.input';
import type { QuestionService } from './questions/question.service';

/** How long a question waits for its answer, in milliseconds. A short answer is then part of the response. */
const WAIT_MS = 3000;
/** Between two looks at the answer's row if no signal comes, in milliseconds. */
const LOOK_MS = 500;

export class AssistantService {
  constructor(
    private readonly questions: QuestionService,
    private readonly sender: MessageSender,
    private readonly activity: ActivityBell,
    private readonly models: ModelChain,
    private readonly runs: AnswerRuns,
  ) {}

  /**
   * Sends the question as a message of the viewer, and waits a moment for the answer.
   * @returns the answer so far. @throws as sendMessage; RATE_LIMITED beyond the limits of questions
   */
  async askAssistant(
    em: EntityManager,
    access: ChannelAccess,
    keyId: string | null,
    input: AskAssistantInput,
  ): Promise<AnswerEntity> {
    await this.checkQuestion(em, access, input);
    const question = await this.questions.askedBy(access, keyId);
    const signals = await this.activity.open(access.channel.id);
    try {
      const { id } = await this.sender.sendMessage(() => em, access, messageOf(access, input), { question });
      const answer = await findAnswerTo(em, id);
      if (!answer) throw notFound('Answer');
      return await this.ended(em, answer, signals);
    } finally {
      await signals.return?.();
    }
  }

  /** @throws BAD_USER_INPUT with all wrong fields */
  async checkQuestion(em: EntityManager, access: ChannelAccess, input: AskAssistantInput): Promise<void> {
    await this.sender.checkRefused(() => em, access, messageOf(access, input)).catch(namingThePrompt);
  }

  /** No effect on an answer that has ended. */
  async cancelAssistantAnswer(em: EntityManager, { id }: AnswerEntity): Promise<void> {
    if (await requestCancel(em, id)) this.runs.stop(id);
  }

  /** The providers in their order. */
  states(): Promise<ModelState[]> {
    return this.models.states();
  }

  get isEnabled(): boolean {
    return this.questions.isEnabled;
  }

  /** The answer when it has ended, or as it is after {@link WAIT_MS}. */
  private async ended(em: EntityManager, answer: AnswerEntity, signals: Signals): Promise<AnswerEntity> {
    const heard = hearEnd(answer.id, signals);
    let isHeard = false;
    for (let leftMs = WAIT_MS; leftMs > 0 && !isHeard; leftMs -= LOOK_MS) {
      const now = await findAnswer(em, answer.id);
      if (!now || (isEnded(now.state) && now.isSent)) return now ?? answer;
      isHeard = await Promise.race([heard, sleep(LOOK_MS, false, { ref: false })]);
    }
    return (await findAnswer(em, answer.id)) ?? answer;
  }
}

type Signals = AsyncIterableIterator<Activity, undefined>;

/** Resolves to true when the end of the answer is announced, or to false when the signals end. */
async function hearEnd(id: string, signals: Signals): Promise<boolean> {
  for (;;) {
    const { done, value } = await signals.next();
    if (done) return false;
    if (value.type === 'AssistantToken' && value.messageId === id && value.done) return true;
  }
}

/** The question is the body of a message, but not for the client. @throws `error` with other names of fields */
function namingThePrompt(error: unknown): never {
  if (!(error instanceof ApiError) || error.code !== 'BAD_USER_INPUT') throw error;
  const { body, ...fields } = error.extensions['fields'] as Record<string, string>;
  throw badUserInput({ ...(body !== undefined && { prompt: body.replaceAll(/\bbody\b/g, 'prompt') }), ...fields });
}

const messageOf = ({ channel }: ChannelAccess, { prompt, parentId, clientMutationId }: AskAssistantInput) => ({
  channelId: channel.id,
  body: prompt,
  parentId,
  clientMutationId,
});
