/** Each provider fault by fault, against a server that speaks its protocol. */
import { eventually, inTime } from '../testing/eventually';
import type { LanguageModel, ModelRequest } from './language-model';
import { OllamaModel } from './ollama.model';
import { OpenAiModel } from './openai.model';
import type { Fault, FakeModelServer, ModelCall } from './testing/fake-model-server';
import { FAKE_OLLAMA_MODEL, startFakeOllama } from './testing/fake-ollama';
import { FAKE_OPENAI_MODEL, startFakeOpenAi } from './testing/fake-openai';

const IDLE_MS = 1000;
const REQUEST: ModelRequest = {
  turns: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Is all well?', speaker: 'ada' },
  ],
  maxTokens: 50,
};
const never = new AbortController().signal;

interface Provider {
  start: () => Promise<FakeModelServer>;
  model: (url: string, options?: { maxBytes?: number; model?: string }) => LanguageModel;
  /** The request as the provider documents it. */
  body: object;
}

const messages = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'ada: Is all well?' },
];

const PROVIDERS: Record<string, Provider> = {
  ollama: {
    start: startFakeOllama,
    model: (baseUrl, options) => new OllamaModel({ baseUrl, model: FAKE_OLLAMA_MODEL, idleMs: IDLE_MS, ...options }),
    body: { model: FAKE_OLLAMA_MODEL, messages, stream: true, options: { num_predict: 50 } },
  },
  openai: {
    start: startFakeOpenAi,
    model: (url, options) =>
      new OpenAiModel({ baseUrl: `${url}/v1`, apiKey: 'key', model: FAKE_OPENAI_MODEL, idleMs: IDLE_MS, ...options }),
    body: { model: FAKE_OPENAI_MODEL, messages, stream: true, max_tokens: 50 },
  },
};

describe.each(Object.entries(PROVIDERS))('%s', (_name, { start, model: connect, body }) => {
  let server: FakeModelServer;
  let model: LanguageModel;
  beforeEach(async () => {
    server = await start();
    model = connect(server.url);
  });
  afterEach(() => server[Symbol.asyncDispose]());

  /** The text as far as it came, and the fault; null if the stream ended normally. */
  async function ask(signal = never, asked = model) {
    const parts: string[] = [];
    try {
      for await (const part of asked.stream(REQUEST, signal)) parts.push(part);
      return { text: parts.join(''), parts, fault: null };
    } catch (error: any) {
      return { text: parts.join(''), parts, fault: error.fault ?? error.message, error };
    }
  }

  test('streams the text in parts, and asks as the provider documents', async () => {
    expect(await ask()).toEqual({ text: 'All is well.', parts: ['All', ' is', ' well', '.'], fault: null });
    expect(server.calls.map((call) => call.body)).toEqual([body]);
  });

  test('characters that are cut between two chunks come whole', async () => {
    server.tokens = ['Grüße', ' 👩🏽‍💻', ' end 😀'];
    server.writeSize = 1;
    expect(await ask()).toMatchObject({ text: 'Grüße 👩🏽‍💻 end 😀', fault: null });
  });

  const sixty = Array.from({ length: 60 }, (_, index) => `${index} `);
  const first = (count: number) => sixty.slice(0, count).join('');

  test.each<[string, Fault, string, string]>([
    ['a cut after 40 of 60 tokens', { cutAfter: 40 }, 'UNREACHABLE', first(40)],
    ['an end after 40 of 60 tokens', { endAfter: 40 }, 'CUT', first(40)],
    ['an end in the middle of a line', { halfLineAfter: 40 }, 'MALFORMED', first(40)],
    ['one broken line', { brokenLineAfter: 40 }, 'MALFORMED', first(40)],
    ['an error in the stream', { errorAfter: 40 }, 'FAILED', first(40)],
    ['silence in the middle', { silentAfter: 40 }, 'SILENT', first(40)],
    ['silence from the start', 'HANG', 'SILENT', ''],
    ['a reset connection', 'RESET', 'UNREACHABLE', ''],
    ['a page', 'HTML', 'MALFORMED', ''],
    ['a line without end', { floodAfter: 0 }, 'TOO_LARGE', ''],
    ['500', { status: 500 }, 'FAILED', ''],
    [
      '502 with a page',
      { status: 502, headers: { 'content-type': 'text/html' }, body: '<h1>Bad gateway' },
      'FAILED',
      '',
    ],
    ['401', { status: 401 }, 'REFUSED', ''],
    ['404', { status: 404 }, 'REFUSED', ''],
    ['429', { status: 429 }, 'BUSY', ''],
    ['503', { status: 503 }, 'BUSY', ''],
  ])('%s is told apart, and the text before it is kept', async (_what, fault, expected, text) => {
    server.tokens = sixty;
    server.fault = fault;
    const answer = await inTime('an end of the stream', ask());
    expect(answer).toMatchObject({ fault: expected });
    // A reset may overtake the chunks before it.
    if (expected === 'UNREACHABLE') expect(text.startsWith(answer.text)).toBe(true);
    else expect(answer.text).toBe(text);
    expect(server.calls).toHaveLength(1);
  });

  test.each([
    ['seconds', () => '7', 7000],
    ['a date', () => new Date(Date.now() + 60_000).toUTCString(), 60_000],
    ['nonsense', () => 'soon', undefined],
    ['a date in the past', () => 'Thu, 01 Jan 1970 00:00:00 GMT', undefined],
  ])('429 with Retry-After as %s', async (_form, value, expected) => {
    server.fault = { status: 429, headers: { 'retry-after': value() } };
    const { retryAfterMs } = (await ask()).error;
    if (expected === undefined) expect(retryAfterMs).toBeUndefined();
    else expect(Math.abs(retryAfterMs - expected)).toBeLessThan(5000);
  });

  test('the idle limit covers the stream, and an answer may take longer than it', async () => {
    server.tokens = Array.from({ length: 12 }, () => 'x');
    server.pauseMs = IDLE_MS / 5;
    const began = performance.now();
    expect(await ask()).toMatchObject({ text: 'x'.repeat(12), fault: null });
    expect(performance.now() - began).toBeGreaterThan(2 * IDLE_MS);
  });

  test('a slow reader is no silence of the provider', async () => {
    let text = '';
    for await (const part of model.stream(REQUEST, never)) {
      if (text === '') await new Promise((resolve) => setTimeout(resolve, 1.3 * IDLE_MS));
      text += part;
    }
    expect(text).toBe('All is well.');
  });

  test('stopping reaches the provider: before the headers, and in the middle', async () => {
    for (const fault of ['HANG', { silentAfter: 2 }] as const) {
      server.fault = fault;
      const stop = new AbortController();
      const answer = ask(stop.signal);
      const call = (await eventually(() => server.calls.at(fault === 'HANG' ? 0 : 1) ?? false)) as ModelCall;
      if (fault !== 'HANG') await eventually(() => call.sent === 2);
      stop.abort(new Error('stopped'));
      expect(await answer).toMatchObject({ fault: 'stopped' });
      expect(await inTime('the end of the connection', call.aborted)).toBe(true);
    }
  });

  test('leaving the iterator reaches the provider', async () => {
    server.fault = { silentAfter: 2 };
    for await (const _part of model.stream(REQUEST, never)) break;
    expect(await inTime('the end of the connection', server.calls[0]!.aborted)).toBe(true);
  });

  test('more bytes than the limit end the stream, whatever their lines', async () => {
    server.tokens = Array.from({ length: 1000 }, () => 'x'.repeat(100));
    const { fault, text } = await ask(never, connect(server.url, { maxBytes: 50_000 }));
    expect(fault).toBe('TOO_LARGE');
    expect(text.length).toBeLessThan(50_000);
  });

  test('a probe tells a server that answers from others', async () => {
    await model.probe(never);
    server.isUnwell = true;
    await expect(model.probe(never)).rejects.toMatchObject({ fault: 'FAILED' });
    await server[Symbol.asyncDispose]();
    await expect(model.probe(never)).rejects.toMatchObject({ fault: 'UNREACHABLE' });
    expect(await ask()).toMatchObject({ fault: 'UNREACHABLE', text: '' });
    server = await start();
  });
});

test('a server with the API of OpenAI may leave out the finish reason', async () => {
  await using server = await startFakeOpenAi();
  server.format.end = () => 'data: [DONE]\n\n';
  const parts: string[] = [];
  for await (const part of PROVIDERS['openai']!.model(server.url).stream(REQUEST, never)) parts.push(part);
  expect(parts.join('')).toBe('All is well.');
});

test('a probe of Ollama misses a model that is not there', async () => {
  await using server = await startFakeOllama();
  const model = PROVIDERS['ollama']!.model(server.url, { model: 'other' });
  await expect(model.probe(never)).rejects.toMatchObject({ fault: 'REFUSED' });
});
