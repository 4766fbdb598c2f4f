/** Embeddings of each provider: over servers with the APIs as documented, and by the real engine with a tiny model of random weights. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { LlamaEmbedder } from './llama.embedder';
import { OllamaEmbedder } from './ollama.embedder';
import { OpenAiEmbedder } from './openai.embedder';
import { writeTinyGguf } from './testing/tiny-gguf';

const never = new AbortController().signal;

interface Call {
  path: string;
  headers: IncomingHttpHeaders;
  body: { model: string; input: string[] };
}

const calls: Call[] = [];
/** Changes an answer; undefined leaves the request without one. */
let change: (answer: object) => { status?: number; body: unknown } | undefined;
const server = createServer((request, response) => {
  void (async () => {
    const body = (await json(request)) as Call['body'];
    const path = request.url!;
    calls.push({ path, headers: request.headers, body });
    const vectors = body.input.map((text) => [text.length, 1, 0]);
    const answer =
      path === '/api/embed'
        ? { model: body.model, embeddings: vectors, total_duration: 14_143_917, prompt_eval_count: 8 }
        : {
            object: 'list',
            // The order of the answer is not that of the question.
            data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })).reverse(),
            model: body.model,
            usage: { prompt_tokens: 8, total_tokens: 8 },
          };
    const changed = change(answer);
    if (!changed) return;
    response.writeHead(changed.status ?? 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(changed.body));
  })();
});
let url: string;
let folder: string;
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  folder = mkdtempSync(join(tmpdir(), 'chat-embedder-'));
  writeTinyGguf(join(folder, 'tiny.gguf'));
  writeFileSync(join(folder, 'page.gguf'), '<!doctype html>');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  calls.length = 0;
  change = (body) => ({ body });
});

const servers = {
  ollama: () => new OllamaEmbedder({ baseUrl: url, model: 'bge-m3', idleMs: 300 }),
  openai: () => new OpenAiEmbedder({ baseUrl: `${url}/v1`, apiKey: 'key', model: 'bge-m3', idleMs: 300 }),
};

describe.each(Object.entries(servers))('%s', (provider, open) => {
  test('gives one vector per text, in order', async () => {
    const embedder = open();
    expect(embedder.name).toBe(`${provider}:bge-m3`);
    expect(await embedder.embed(['a', 'bbb', 'cc'], never)).toEqual([
      [1, 1, 0],
      [3, 1, 0],
      [2, 1, 0],
    ]);
    expect(calls).toMatchObject([
      {
        path: provider === 'ollama' ? '/api/embed' : '/v1/embeddings',
        body: { model: 'bge-m3', input: ['a', 'bbb', 'cc'] },
      },
    ]);
    if (provider === 'openai') expect(calls[0]!.headers.authorization).toBe('Bearer key');
  });

  test.each([
    ['fewer vectors than texts', [[1, 0]]],
    ['vectors of two sizes', [[1, 0], [1]]],
    ['words', ['a', 'b']],
    ['a vector without direction', [[0, 0], [1, 0]]], // prettier-ignore
    ['nothing', undefined],
  ])('refuses an answer with %s', async (_, vectors) => {
    change = () => ({
      body: { embeddings: vectors, data: vectors?.map((embedding, index) => ({ index, embedding })) },
    });
    await expect(open().embed(['a', 'b'], never)).rejects.toMatchObject({ fault: 'MALFORMED' });
  });

  test('reports refusals, outages and silence, and ends with its signal', async () => {
    change = () => ({ status: 404, body: { error: { message: 'no such model' } } });
    await expect(open().embed(['a'], never)).rejects.toMatchObject({ fault: 'REFUSED' });
    change = () => ({ status: 503, body: {} });
    await expect(open().embed(['a'], never)).rejects.toMatchObject({ fault: 'BUSY' });
    change = () => undefined;
    await expect(open().embed(['a'], never)).rejects.toMatchObject({ fault: 'SILENT' });
    const reason = new Error('enough');
    await expect(open().embed(['a'], AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

test('a GGUF file embeds in process, cuts long texts, and is refused if it is no model', async () => {
  const embedder = new LlamaEmbedder({ path: join(folder, 'tiny.gguf'), threads: 1 });
  expect(embedder.name).toMatch(/^llama:tiny\.gguf:\d+$/);
  const [a, b, again] = await embedder.embed(['all is well', 'the chat', 'all is well'], never);
  expect(a).toHaveLength(32);
  expect(again).toEqual(a);
  expect(b).not.toEqual(a);
  expect(await embedder.embed(['well '.repeat(10_000)], never)).toHaveLength(1);
  await embedder[Symbol.asyncDispose]();
  for (const file of ['page.gguf', 'missing.gguf'])
    await expect(new LlamaEmbedder({ path: join(folder, file) }).embed(['a'], never)).rejects.toMatchObject({
      fault: 'REFUSED',
    });
});
