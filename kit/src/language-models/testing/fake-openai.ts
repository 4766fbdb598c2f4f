// cspell:words chatcmpl logprobs
/** OpenAI's chat completions as https://platform.openai.com/docs/api-reference/chat-streaming documents them: server-sent events. */
import { FakeModelServer, type StreamFormat } from './fake-model-server';

export const FAKE_OPENAI_MODEL = 'gpt-4o-mini';

const event = (data: string) => `data: ${data}\n\n`;
const chunk = (delta: object, finish_reason: string | null = null) =>
  event(
    JSON.stringify({
      id: 'chatcmpl-1',
      object: 'chat.completion.chunk',
      created: 1_767_225_600,
      model: FAKE_OPENAI_MODEL,
      choices: [{ index: 0, delta, logprobs: null, finish_reason }],
    }),
  );

const format: StreamFormat = {
  contentType: 'text/event-stream; charset=utf-8',
  path: '/v1/chat/completions',
  token: (content) => chunk({ role: 'assistant', content }),
  end: () => chunk({}, 'stop') + event('[DONE]'),
  error: (message) => event(JSON.stringify({ error: { message, type: 'server_error', code: null } })),
  broken: () => event('{"id":"chatcmpl-1","choices":[{"delta'),
  other: (path) =>
    path === '/v1/models' ? { object: 'list', data: [{ id: FAKE_OPENAI_MODEL, object: 'model' }] } : undefined,
};

/** The base URL is the server's `url` with `/v1`. */
export const startFakeOpenAi = (): Promise<FakeModelServer> => FakeModelServer.start(format);
