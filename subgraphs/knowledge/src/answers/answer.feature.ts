/** Answers with sources: everything that the feature brings to its subgraph. */
import { createModels } from '@chat/kit/language-models/create-models';
import type { KnowledgeFeature } from '../feature';
import type { SearchService } from '../retrieval/search/search.service';
import { answerPolicy } from './answer.policy';
import { AnswerResolver } from './answer.resolver';
import { AnswerService } from './answer.service';

export const answerFeature: KnowledgeFeature<{
  services: { answers: AnswerService };
  needs: { searches: SearchService };
}> = {
  name: 'answers',
  resolvers: [AnswerResolver],
  policy: answerPolicy,
  services: ({ config, disposal, log, services }) => ({
    answers: new AnswerService(services.searches, disposal.use(createModels(config, log))),
  }),
};
