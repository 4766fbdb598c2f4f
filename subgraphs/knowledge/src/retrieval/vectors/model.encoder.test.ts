/** Encoders by configuration: their order, their languages, and what becomes of a model's vectors. */
import type { TextEmbedder } from '@chat/kit/language-models/text-embedder';
import { z } from 'zod';
import { knowledgeVariables } from '../../config';
import { createEncoders } from './create-encoders';
import { ModelEncoder } from './model.encoder';

class FixedEmbedder implements TextEmbedder {
  readonly name = 'fixed';
  texts: readonly string[] = [];
  vector = [3, 4];
  async embed(texts: readonly string[]) {
    this.texts = texts;
    return Promise.resolve(texts.map(() => this.vector));
  }
}

const REQUIRED = { DATABASE_URL: 'postgres://localhost/x', REDIS_URL: 'redis://localhost', SECRET_KEY: 'x'.repeat(40) };
const encodersOf = (env: Record<string, string>) =>
  createEncoders(z.object(knowledgeVariables).parse({ ...REQUIRED, ...env })).map(({ name, languages }) => ({
    name,
    languages,
  }));

test('the first encoder with settings comes first, and the packaged one stays for its vectors', () => {
  const packaged = { name: 'use-en-512', languages: ['en'] };
  expect(encodersOf({})).toEqual([packaged]);
  expect(encodersOf({ EMBEDDINGS_ENABLED: 'false' })).toEqual([]);
  // A model for answers is none for embeddings.
  expect(encodersOf({ OLLAMA_BASE_URL: 'http://ollama:11434', OPENAI_API_KEY: 'key' })).toEqual([packaged]);
  expect(
    encodersOf({
      OLLAMA_BASE_URL: 'http://ollama:11434',
      OLLAMA_EMBEDDING_MODEL: 'bge-m3',
      OPENAI_API_KEY: 'key',
      OPENAI_EMBEDDING_MODEL: 'text-embedding-3-small',
      EMBEDDING_LANGUAGES: 'en,de',
      EMBEDDING_PROVIDERS: 'openai,ollama,packaged',
      EMBEDDING_PASSAGE_PREFIX: 'passage: ',
    }),
  ).toEqual([
    { name: 'openai:text-embedding-3-small:passage: ', languages: ['en', 'de'] },
    { name: 'ollama:bge-m3:passage: ', languages: ['en', 'de'] },
    packaged,
  ]);
});

test('vectors are normalised, texts get their prefix, and another size is refused', async () => {
  const embedder = new FixedEmbedder();
  const prefixes = { QUERY: 'query: ', PASSAGE: 'passage: ' };
  const encoder = new ModelEncoder(embedder, { languages: ['en'], prefixes });
  expect(await encoder.dimensions()).toBe(2);
  expect((await encoder.embed(['a'], 'QUERY'))[0]).toEqual(Float32Array.from([0.6, 0.8]));
  expect(embedder.texts).toEqual(['query: a']);
  await encoder.embed(['a', 'b'], 'PASSAGE');
  expect(embedder.texts).toEqual(['passage: a', 'passage: b']);
  embedder.vector = [1, 2, 3];
  await expect(encoder.embed(['a'], 'PASSAGE')).rejects.toThrow('3 dimensions, not 2');
});
