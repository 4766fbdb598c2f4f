/** The assistant: answers questions in channels by language models, or by Elyza. */
import { daysAgo } from '@chat/kit/days-ago';
import type { ModelChain } from '@chat/kit/language-models/model-chain';
import type { ActivityBell } from '../attention/activity/activity-bell';
import type { AbsentAuthors } from '../channels/absent-authors';
import type { ChannelAccessReader } from '../channels/channel-access.reader';
import type { ChannelLoader } from '../channels/channel.loader';
import type { MessagingFeature } from '../feature';
import type { TextReader } from '../messages/formatting/text.reader';
import type { MessageSender } from '../messages/message.sender';
import type { MessageWriter } from '../messages/message.writer';
import { AnswerLoader } from './answers/answer.loader';
import { AnswerRuns } from './answers/answer.runs';
import { AnswerSender } from './answers/answer.sender';
import { removeUnsent } from './answers/answer.store';
import { AnswerTask } from './answers/answer.task';
import { AnswerWorker } from './answers/answer.worker';
import { assistantPolicy } from './assistant.policy';
import { AnswerOfMessageResolver, AssistantResolver } from './assistant.resolver';
import { AssistantService } from './assistant.service';
import { ReferenceFinder } from './references/reference.finder';
import type { QuestionService } from './questions/question.service';

export const assistantFeature: MessagingFeature<{
  needs: {
    models: ModelChain;
    questions: QuestionService;
    channelAccess: ChannelAccessReader;
    absentAuthors: AbsentAuthors;
    activity: ActivityBell;
    sender: MessageSender;
    writer: MessageWriter;
    texts: TextReader;
  };
  needsLoaders: { channel: ChannelLoader };
  services: { assistant: AssistantService; answerTask: AnswerTask; answerWorker: AnswerWorker };
  loaders: { answer: AnswerLoader };
}> = {
  name: 'assistant',
  resolvers: [AssistantResolver, AnswerOfMessageResolver],
  policy: assistantPolicy,
  services({ bell, config, database, disposal, fork, knowledge, log, services }) {
    const { activity, absentAuthors: authors, channelAccess, models, questions, sender, texts, writer } = services;
    const runs = disposal.use(new AnswerRuns(bell, fork, log));
    const answerTask = new AnswerTask({
      fork,
      models,
      authors,
      activity,
      runs,
      log,
      references: new ReferenceFinder(fork, knowledge),
      sender: new AnswerSender(writer, texts, channelAccess, activity),
      maxLength: config.MESSAGE_MAX_LENGTH,
      promptTokens: config.AI_PROMPT_TOKENS,
      answerTokens: config.AI_ANSWER_TOKENS,
    });
    return {
      assistant: new AssistantService(questions, sender, activity, models, runs),
      answerTask,
      answerWorker: disposal.use(new AnswerWorker(database, log, config.AI_CONCURRENT_ANSWERS)),
    };
  },
  loaders: ({ em, loaders }) => ({ answer: new AnswerLoader(em, loaders.channel) }),
  gauges: ({ services }) => [
    ...services.answerWorker.gauges(),
    {
      name: 'assistant_answers_total',
      help: 'Answers that ended in this process, by provider and state.',
      labels: ['provider', 'state'],
      read: () =>
        [...services.answerTask.counts()].map(({ provider, state, count }) => ({
          labels: { provider, state },
          value: count,
        })),
    },
  ],
  start: ({ services }) => services.answerWorker.start(services.answerTask.run),
  removeExpired: ({ config, fork }) => removeUnsent(fork(), daysAgo(config.EVENT_RETENTION_DAYS)),
};
