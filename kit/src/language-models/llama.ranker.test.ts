/** Ranking in process, by the real engine and a tiny model of random weights. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LlamaRanker } from './llama.ranker';
import { writeTinyGguf, writeTinyRanker } from './testing/tiny-gguf';

const never = new AbortController().signal;
let folder: string;
let ranker: LlamaRanker;
const at = (file: string) => new LlamaRanker({ path: join(folder, file), threads: 1 });
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'chat-ranker-'));
  writeTinyRanker(join(folder, 'ranker.gguf'));
  writeTinyGguf(join(folder, 'talker.gguf'));
  writeFileSync(join(folder, 'page.gguf'), '<!doctype html>');
  ranker = at('ranker.gguf');
});
afterAll(async () => {
  await ranker[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const TEXTS = ['all is well', 'the chat is the chat', 'we', ''];

test('gives each text a number of its own between 0 and 1, the same in each order', async () => {
  expect(ranker.name).toBe('llama:ranker.gguf');
  const ranks = await ranker.rank('is all well', TEXTS, never);
  expect(new Set(ranks).size).toBe(TEXTS.length);
  for (const rank of ranks) expect(rank > 0 && rank < 1).toBe(true);
  expect(await ranker.rank('is all well', TEXTS.toReversed(), never)).toEqual(ranks.toReversed());
  expect(await ranker.rank('the chat', TEXTS, never)).not.toEqual(ranks);
});

test('cuts what is too long for the model', async () => {
  const long = 'all is well '.repeat(2000);
  expect(await ranker.rank(long, [long, 'we'], never)).toEqual([expect.any(Number), expect.any(Number)]);
});

test('ends with its signal, and answers the next question', async () => {
  const stop = new AbortController();
  const stopped = ranker.rank('is all well', Array<string>(500).fill('all is well'), stop.signal);
  stop.abort(new Error('stopped'));
  await expect(stopped).rejects.toThrow('stopped');
  expect(await ranker.rank('is all well', ['we'], never)).toHaveLength(1);
});

test.each([
  ['missing.gguf', 'REFUSED'],
  ['page.gguf', 'REFUSED'],
  ['talker.gguf', 'FAILED'],
])('%s is no model that ranks', async (file, fault) => {
  const wrong = at(file);
  await expect(wrong.rank('is all well', TEXTS, never)).rejects.toMatchObject({ fault });
  await wrong[Symbol.asyncDispose]();
});
