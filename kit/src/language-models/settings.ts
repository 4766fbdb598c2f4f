/** Settings of language models, for each subgraph that asks them. */
import { z } from 'zod';
import { booleanVariable, integerVariable, listVariable } from '../config';

const PROVIDERS = ['ollama', 'openai', 'llama', 'elyza'] as const;

export const languageModelVariables = {
  AI_ENABLED: booleanVariable().default(true).describe('whether the assistant answers questions'),
  AI_PROVIDERS: listVariable()
    .pipe(z.array(z.enum(PROVIDERS)))
    .default([...PROVIDERS])
    .describe('the providers of answers in the order in which they are tried; those without settings are left out'),
  OLLAMA_BASE_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('an Ollama server, such as http://127.0.0.1:11434; without it Ollama is not asked'),
  OLLAMA_MODEL: z.string().default('llama3.2').describe('the model at the Ollama server'),
  OPENAI_API_KEY: z.string().optional().describe('API key for OPENAI_BASE_URL'),
  OPENAI_BASE_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("a server with OpenAI's API, with its version; https://api.openai.com/v1 if only OPENAI_API_KEY is set"),
  OPENAI_MODEL: z.string().default('gpt-4o-mini').describe('the model at the server with the API of OpenAI'),
  LLAMA_MODEL_PATH: z
    .string()
    .optional()
    .describe('a GGUF file that is run in the process, on the processor; without it none is run'),
  LLAMA_CONTEXT_TOKENS: integerVariable(256, 1_000_000)
    .default(4096)
    .describe('tokens of prompt and answer together for LLAMA_MODEL_PATH; memory grows with them'),
  AI_IDLE_SECONDS: integerVariable(1, 280)
    .default(30)
    .describe('the longest silence of a provider before and within an answer, seconds'),
};

export type LanguageModelConfig = z.output<z.ZodObject<typeof languageModelVariables>>;
