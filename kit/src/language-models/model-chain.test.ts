/** Falling back, stopping, resting and probing, with models over the protocols of Ollama and OpenAI. */
import { createLogger } from '../logging';
import { eventually, inTime } from '../testing/eventually';
import type { LanguageModel, ModelRequest } from './language-model';
import { ModelChain, type ModelChainOptions } from './model-chain';
import { OllamaModel } from './ollama.model';
import { OpenAiModel } from './openai.model';
import type { Fault, FakeModelServer, ModelCall } from './testing/fake-model-server';
import { FAKE_OLLAMA_MODEL, startFakeOllama } from './testing/fake-ollama';
import { FAKE_OPENAI_MODEL, startFakeOpenAi } from './testing/fake-openai';

const REQUEST: ModelRequest = { turns: [{ role: 'user', content: 'Is all well?' }], maxTokens: 50 };
const log = createLogger('test', 'silent');

let ollama: FakeModelServer;
let openai: FakeModelServer;
beforeEach(async () => {
  ollama = await startFakeOllama();
  openai = await startFakeOpenAi();
  ollama.tokens = ['from', ' ollama'];
  openai.tokens = ['from', ' openai'];
});
afterEach(async () => {
  await ollama[Symbol.asyncDispose]();
  await openai[Symbol.asyncDispose]();
});

function chain(options?: ModelChainOptions, ...more: LanguageModel[]) {
  const idleMs = 500;
  const first = new OllamaModel({ baseUrl: ollama.url, model: FAKE_OLLAMA_MODEL, idleMs });
  const second = new OpenAiModel({ baseUrl: `${openai.url}/v1`, model: FAKE_OPENAI_MODEL, idleMs });
  return new ModelChain([first, second, ...more], log, options);
}

async function ask(models: ModelChain, signal = new AbortController().signal) {
  const parts: string[] = [];
  const { provider, isComplete, error } = await models.answer(REQUEST, {
    signal,
    onText: (text) => void parts.push(text),
  });
  return { provider, isComplete, text: parts.join(''), fault: error?.fault };
}

const BEFORE_TEXT: Fault[] = [
  'HANG',
  'RESET',
  'HTML',
  'EMPTY',
  { status: 500 },
  { status: 429 },
  { status: 404 },
  { cutAfter: 0 },
  { silentAfter: 0 },
  { brokenLineAfter: 0 },
  { errorAfter: 0 },
  { floodAfter: 0 },
];

test.each(BEFORE_TEXT)('%j before the first text: the next model answers', async (fault) => {
  ollama.fault = fault;
  expect(await ask(chain())).toEqual({ provider: 'openai', isComplete: true, text: 'from openai', fault: undefined });
});

test.each<[Fault, string]>([
  [{ endAfter: 1 }, 'CUT'],
  [{ silentAfter: 1 }, 'SILENT'],
  [{ brokenLineAfter: 1 }, 'MALFORMED'],
  [{ errorAfter: 1 }, 'FAILED'],
])('%j after text: the answer is incomplete, and no other model repeats it', async (fault, expected) => {
  ollama.fault = fault;
  expect(await ask(chain())).toEqual({ provider: 'ollama', isComplete: false, text: 'from', fault: expected });
  expect(openai.calls).toEqual([]);
});

test('a connection that is lost after text is a cut', async () => {
  ollama.fault = { cutAfter: 5 };
  ollama.pauseMs = 50; // a reset can discard what has arrived and was not read
  ollama.tokens = ['from', ' ', 'a', ' ', 'lost', ' server'];
  const { text, ...rest } = await ask(chain());
  expect(rest).toEqual({ provider: 'ollama', isComplete: false, fault: 'CUT' });
  expect('from a lost').toContain(text);
  expect(openai.calls).toEqual([]);
});

test('if all models fail, the answer has no text and the last fault', async () => {
  ollama.fault = { status: 500 };
  openai.fault = 'HTML';
  expect(await ask(chain())).toEqual({ provider: null, isComplete: false, text: '', fault: 'MALFORMED' });
  expect(await ask(new ModelChain([], log))).toMatchObject({ provider: null, fault: 'UNREACHABLE' });
});

test('white space before the text is dropped; halves of characters and control characters never come', async () => {
  const halves: LanguageModel = {
    name: 'halves',
    async *stream() {
      yield* [' \n', '\ud83d', '\ude00 a\u0000b', '\u202ec\r\n', 'd\ud83d'];
    },
    async probe() {},
  };
  const parts: string[] = [];
  await new ModelChain([halves], log).answer(REQUEST, {
    signal: new AbortController().signal,
    onText: (text) => void parts.push(text),
  });
  expect(parts).toEqual(['😀 ab', 'c\n', 'd']);
});

test('after repeated failures a model rests and is not asked; a probe lets it return', async () => {
  const models = chain({ failures: 2, restMs: 300, freshMs: 0 });
  ollama.fault = { status: 500 };
  for (let i = 0; i < 4; i++) expect(await ask(models)).toMatchObject({ provider: 'openai' });
  expect(ollama.calls).toHaveLength(2);
  expect(await models.states()).toEqual([
    { name: 'ollama', available: false, fault: 'RESTING' },
    { name: 'openai', available: true },
  ]);
  ollama.fault = undefined;
  ollama.isUnwell = true;
  await eventually(async () => (await models.states())[0]!.fault === 'FAILED');
  expect(await ask(models)).toMatchObject({ provider: 'openai' });
  expect(ollama.calls).toHaveLength(2); // the probe alone decided
  ollama.isUnwell = false;
  await eventually(async () => (await models.states())[0]!.available);
  expect(await ask(models)).toMatchObject({ provider: 'ollama', text: 'from ollama' });
});

test('while one request tries a model that has rested, others do not wait for it', async () => {
  const models = chain({ failures: 1, restMs: 100 });
  ollama.fault = { status: 500 };
  await ask(models);
  ollama.fault = undefined;
  ollama.tokens = Array.from({ length: 20 }, () => 'x');
  ollama.pauseMs = 50;
  await eventually(async () => (await models.states())[0]!.available);
  const trying = ask(models);
  await eventually(() => ollama.calls.length === 2);
  expect(await ask(models)).toMatchObject({ provider: 'openai' });
  expect(await trying).toMatchObject({ provider: 'ollama', isComplete: true });
});

test('a provider that asks for a pause gets it', async () => {
  const models = chain();
  ollama.fault = { status: 429, headers: { 'retry-after': '1' } };
  for (let i = 0; i < 2; i++) expect(await ask(models)).toMatchObject({ provider: 'openai' });
  expect(ollama.calls).toHaveLength(1);
  ollama.fault = undefined;
  await eventually(async () => (await ask(models)).provider === 'ollama');
});

test('a refusal is about the request: it does not count against the model', async () => {
  const models = chain({ failures: 1 });
  ollama.fault = { status: 400 };
  expect(await ask(models)).toMatchObject({ provider: 'openai' });
  ollama.fault = undefined;
  expect(await ask(models)).toMatchObject({ provider: 'ollama' });
});

test('stopping reaches the provider, is no failure, and asks no other model', async () => {
  const models = chain({ failures: 1 });
  ollama.fault = { silentAfter: 1 };
  const stop = new AbortController();
  const process = new AbortController();
  const answer = ask(models, AbortSignal.any([stop.signal, process.signal]));
  const call = (await eventually(() => ollama.calls.find(({ sent }) => sent === 1) ?? false)) as ModelCall;
  stop.abort(new Error('stopped'));
  await expect(answer).rejects.toThrow('stopped');
  expect(await inTime('the end of the connection', call.aborted)).toBe(true);
  expect(openai.calls).toEqual([]);
  ollama.fault = undefined;
  expect(await ask(models)).toMatchObject({ provider: 'ollama' });
});

test('an error of the reader is thrown, ends the stream at the provider, and is no failure of the model', async () => {
  const models = chain({ failures: 1 });
  ollama.fault = { silentAfter: 1 };
  const reading = models.answer(REQUEST, {
    signal: new AbortController().signal,
    onText: () => {
      throw new Error('no space');
    },
  });
  await expect(reading).rejects.toThrow('no space');
  expect(await inTime('the end of the connection', ollama.calls[0]!.aborted)).toBe(true);
  expect((await models.states())[0]).toEqual({ name: 'ollama', available: true });
});

test('states are probed once for all that ask at the same time', async () => {
  const models = chain();
  await Promise.all([models.states(), models.states(), models.states()]);
  expect([ollama.probes, openai.probes]).toEqual([1, 1]);
});
