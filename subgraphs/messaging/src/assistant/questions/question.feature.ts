/** Questions to the assistant: recognised when a message is sent, if a model can answer. The assistant's own feature answers them. */
import { createModels } from '@chat/kit/language-models/create-models';
import type { ModelChain } from '@chat/kit/language-models/model-chain';
import type { ChannelAccessReader } from '../../channels/channel-access.reader';
import type { MessagingFeature } from '../../feature';
import { ElyzaModel } from '../elyza/elyza.model';
import { QuestionLimiter } from './question.limiter';
import { QuestionService } from './question.service';

export const questionFeature: MessagingFeature<{
  needs: { channelAccess: ChannelAccessReader };
  services: { models: ModelChain; questions: QuestionService };
}> = {
  name: 'questions',
  services({ config, disposal, log, redis, services: { channelAccess } }) {
    const elyza = config.ENABLE_ELYZA_FALLBACK ? [new ElyzaModel(config.ELYZA_SCRIPTS)] : [];
    const models = disposal.use(createModels(config, log, elyza));
    const limits = { perAccount: config.AI_QUESTIONS_PER_MINUTE, perChannel: config.AI_CHANNEL_QUESTIONS_PER_MINUTE };
    const limiter = new QuestionLimiter(redis, config.REDIS_PREFIX, limits);
    return { models, questions: new QuestionService(channelAccess, limiter, models.names.length > 0) };
  },
};
