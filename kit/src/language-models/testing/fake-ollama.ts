/** Ollama's chat API as https://docs.ollama.com/api documents it: newline-delimited JSON. */
import { FakeModelServer, type StreamFormat } from './fake-model-server';

export const FAKE_OLLAMA_MODEL = 'llama3.2';

const part = (fields: object) =>
  `${JSON.stringify({ model: FAKE_OLLAMA_MODEL, created_at: '2026-01-01T00:00:00.000000Z', ...fields })}\n`;

const format: StreamFormat = {
  contentType: 'application/x-ndjson',
  path: '/api/chat',
  token: (content) => part({ message: { role: 'assistant', content }, done: false }),
  end: () =>
    part({
      message: { role: 'assistant', content: '' },
      done: true,
      done_reason: 'stop',
      total_duration: 4_648_158_584,
      eval_count: 290,
    }),
  error: (error) => `${JSON.stringify({ error })}\n`,
  broken: () => '{"model":"llama3.2","message":{"role":"assist\n',
  other: (path) =>
    path === '/api/tags' ? { models: [{ name: `${FAKE_OLLAMA_MODEL}:latest`, size: 2_019_393_189 }] } : undefined,
};

/** The base URL is the server's `url`. */
export const startFakeOllama = (): Promise<FakeModelServer> => FakeModelServer.start(format);
