/** Re-ranking: the passages that a model orders, and the cases in which the order of the fusion stays. */
import type { TextRanker } from '@chat/kit/language-models/text-ranker';
import { writeTinyRanker } from '@chat/kit/language-models/testing/tiny-gguf';
import { createLogger } from '@chat/kit/logging';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { knowledgeVariables } from '../../config';
import { createReranking, Reranking } from './reranking';

const log = createLogger('test', 'silent');
const hits = ['a', 'bb', 'ccc', 'dddd'].map((text, i) => ({ title: '', text, score: 1 - i / 10 }));
const textsOf = (found: readonly { text: string }[]) => found.map(({ text }) => text);

/** Longer texts are better. */
class LengthRanker implements TextRanker {
  readonly name = 'length';
  questions = 0;
  fault: Error | undefined;
  rank(_: string, texts: readonly string[]): Promise<number[]> {
    this.questions++;
    return this.fault ? Promise.reject(this.fault) : Promise.resolve(texts.map(({ length }) => length));
  }
}

const open = (ranker: TextRanker, passages = 3) => new Reranking(ranker, { languages: ['en'], passages, log });

test('orders the first passages, and places keep their scores', async () => {
  const ordered = await open(new LengthRanker()).order('Which?', 'en', hits);
  expect(textsOf(ordered)).toEqual(['ccc', 'bb', 'a', 'dddd']);
  expect(ordered.map(({ score }) => score)).toEqual(hits.map(({ score }) => score));
});

test('is not asked in a language that the model does not know, nor about one passage', async () => {
  const ranker = new LengthRanker();
  const reranking = open(ranker);
  for (const language of ['de', undefined]) expect(await reranking.order('Was?', language, hits)).toBe(hits);
  expect(await reranking.order('Which?', 'en', hits.slice(0, 1))).toEqual(hits.slice(0, 1));
  expect(ranker.questions).toBe(0);
});

test('a model that fails changes no order, and is not asked by the next search', async () => {
  const ranker = new LengthRanker();
  ranker.fault = new Error('The model is away.');
  const reranking = open(ranker);
  expect(await reranking.order('Which?', 'en', hits)).toBe(hits);
  ranker.fault = undefined;
  expect(await reranking.order('Which?', 'en', hits)).toBe(hits);
  expect(ranker.questions).toBe(1);
});

test('RERANKER_MODEL_PATH names a GGUF file, by which the real engine orders passages', async () => {
  const required = {
    DATABASE_URL: 'postgres://localhost/x',
    REDIS_URL: 'redis://localhost',
    SECRET_KEY: 'x'.repeat(40),
  };
  const configure = (env: object) => z.object(knowledgeVariables).parse({ ...required, ...env });
  expect(createReranking(configure({}), log)).toBeUndefined();
  const folder = await mkdtemp(join(tmpdir(), 'chat-reranker-'));
  const path = join(folder, 'ranker.gguf');
  writeTinyRanker(path);
  const reranking = createReranking(configure({ RERANKER_MODEL_PATH: path, RERANKER_LANGUAGES: 'de' }), log)!;
  const texts = Array.from({ length: 30 }, (_, i) => ({
    title: 'chat',
    text: `all is ${'well '.repeat(i)}`,
    score: 1,
  }));
  const ordered = await reranking.order('is all well', 'de', texts);
  expect(textsOf(ordered)).not.toEqual(textsOf(texts));
  expect(textsOf(ordered).toSorted()).toEqual(textsOf(texts).toSorted());
  expect(textsOf(ordered.slice(20))).toEqual(textsOf(texts.slice(20)));
  await reranking[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});
