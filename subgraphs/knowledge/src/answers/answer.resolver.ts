/** Answers in the graph. Holds no SQL and no permission logic. */
import { viewerOf } from '@chat/kit/graphql/context';
import { textArgument } from '@chat/kit/graphql/text';
import { Arg, Ctx, Int, Query, Resolver, Root, Subscription, type SubscribeResolverData } from 'type-graphql';
import type { KnowledgeContext } from '../context';
import { limitOf } from '../retrieval/limits';
import { loadSource } from '../retrieval/search/load-source';
import type { Citation as CitedPassage } from './answer.service';
import { Answer, AnswerPart } from './answer.type';
import { partStream } from './part-stream';

/** In Unicode code points. */
const MAX_QUESTION = 20_000;
const MAX_PASSAGES = 10;
const PASSAGES = 5;

const QUESTION = {
  description: 'The question, German or English.',
  validateFn: textArgument('question', { max: MAX_QUESTION, multiline: true }),
};
const LIMIT = { nullable: true, description: 'The passages to answer from, from 1 to 10; 5 by default.' };

interface Part {
  delta: string;
  done: boolean;
  citations: readonly CitedPassage[];
}

@Resolver()
export class AnswerResolver {
  @Query(() => Answer, {
    description: `Answers a question from sources that the viewer may read, with citations. Says that it does not know if nothing relevant
was found. Text in sources is quoted and never followed.`,
  })
  async ask(
    @Ctx() context: KnowledgeContext,
    @Arg('question', () => String, QUESTION) question: string,
    @Arg('limit', () => Int, LIMIT) limit?: number | null,
  ) {
    const { em, services } = context;
    const { signal } = new AbortController();
    const passages = limitOf(limit, MAX_PASSAGES, PASSAGES);
    const answer = await services.answers.ask(em, viewerOf(context), question, passages, { signal });
    return { ...answer, citations: await loaded(context, answer.citations) };
  }

  @Subscription(() => AnswerPart, {
    description:
      'Answers a question as `ask` does, in parts. The last part has `done` and the citations; the stream ends after it.',
    subscribe({
      args,
      context,
    }: SubscribeResolverData<unknown, { question: string; limit?: number | null }, KnowledgeContext>) {
      const stream = partStream<Part>();
      const passages = limitOf(args.limit, MAX_PASSAGES, PASSAGES);
      const { em, services } = context;
      services.answers
        .ask(em, viewerOf(context), args.question, passages, {
          signal: stream.signal,
          onText: (delta) => stream.push({ delta, done: false, citations: [] }),
        })
        .then(({ citations }) => {
          stream.push({ delta: '', done: true, citations });
          stream.end();
        })
        .catch((error: Error) => stream.end(error));
      return stream.parts;
    },
  })
  async askLive(
    @Root() { delta, done, citations }: Part,
    @Ctx() context: KnowledgeContext,
    @Arg('question', () => String, QUESTION) _question: string,
    @Arg('limit', () => Int, LIMIT) _limit?: number | null,
  ) {
    return { delta, done, citations: await loaded(context, citations) };
  }
}

const loaded = (context: KnowledgeContext, citations: readonly CitedPassage[]) =>
  Promise.all(
    citations.map(async ({ number, quote, hit }) => ({ number, quote, source: await loadSource(context, hit) })),
  );
