/** Which models the settings name, and in which order. */
import { z } from 'zod';
import { loadConfig } from '../config';
import { createLogger } from '../logging';
import { createModels } from './create-models';
import type { LanguageModel } from './language-model';
import { languageModelVariables } from './settings';

const log = createLogger('test', 'silent');
const elyza: LanguageModel = { name: 'elyza', async *stream() {}, async probe() {} };
const namesWith = (env: Record<string, string>) =>
  createModels(loadConfig(z.object(languageModelVariables), env), log, [elyza]).names;

const ALL = {
  OLLAMA_BASE_URL: 'http://127.0.0.1:11434',
  OPENAI_BASE_URL: 'http://127.0.0.1:8080/v1',
  LLAMA_MODEL_PATH: '/models/tiny.gguf',
};

test.each<[Record<string, string>, string[]]>([
  [{}, ['elyza']],
  [ALL, ['ollama', 'openai', 'llama', 'elyza']],
  [{ ...ALL, AI_PROVIDERS: 'elyza, llama' }, ['elyza', 'llama']],
  [{ OPENAI_API_KEY: 'key' }, ['openai', 'elyza']],
  [{ ...ALL, AI_ENABLED: 'false' }, []],
])('with %j the models are %j', (env, names) => {
  expect(namesWith(env)).toEqual(names);
});

test.each<Record<string, string>>([
  { AI_PROVIDERS: 'ollama,other' },
  { OLLAMA_BASE_URL: 'ftp://example.org' },
  { AI_IDLE_SECONDS: '0' },
])('%j is refused', (env) => expect(() => namesWith(env)).toThrow(Object.keys(env)[0]));
