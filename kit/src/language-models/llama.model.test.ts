/** The model in process, by the real engine and a tiny model of random weights. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inTime } from '../testing/eventually';
import { LlamaModel } from './llama.model';
import type { ModelRequest } from './language-model';
import { TINY_WORDS, writeTinyGguf } from './testing/tiny-gguf';

const never = new AbortController().signal;
const request = (maxTokens: number, content = 'Is all well?'): ModelRequest => ({
  turns: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Hello', speaker: 'ada' },
    { role: 'assistant', content: 'Hello.' },
    { role: 'user', content, speaker: 'ada' },
  ],
  maxTokens,
});

let folder: string;
let model: LlamaModel;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'chat-gguf-'));
  writeTinyGguf(join(folder, 'tiny.gguf'));
  writeFileSync(join(folder, 'page.gguf'), '<!doctype html><title>Sign in</title>');
  writeFileSync(join(folder, 'empty.gguf'), '');
  writeFileSync(join(folder, 'text.gguf'), 'GGUF and nothing else');
  const whole = readFileSync(join(folder, 'tiny.gguf'));
  writeFileSync(join(folder, 'half.gguf'), whole.subarray(0, whole.length / 2));
  model = at('tiny.gguf');
});
afterAll(async () => {
  await model[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const at = (file: string) => new LlamaModel({ path: join(folder, file), contextTokens: 512, threads: 1 });

async function ask(asked: LlamaModel, { maxTokens = 20, content = 'Is all well?', signal = never } = {}) {
  const parts: string[] = [];
  for await (const part of asked.stream(request(maxTokens, content), signal)) parts.push(part);
  return parts;
}

test('streams its words in parts, and ends after the most tokens', async () => {
  const parts = await ask(model);
  expect(parts.length).toBeGreaterThan(5);
  const words = parts.join('').split(/(?= |\.)/);
  expect(words.length).toBeLessThanOrEqual(21);
  for (const word of words) expect(TINY_WORDS.map((known) => known.trim())).toContain(word.trim());
});

test('answers one question at a time, and each completely', async () => {
  const answers = await Promise.all([ask(model), ask(model, { maxTokens: 5 }), ask(model, { maxTokens: 8 })]);
  expect(answers.map((parts) => parts.length > 1)).toEqual([true, true, true]);
});

test('stopping ends it at once, also while it waits, and the next question is answered', async () => {
  const stop = new AbortController();
  const parts: string[] = [];
  const running = (async () => {
    for await (const part of model.stream(request(400), stop.signal))
      if (parts.push(part) === 3) stop.abort(new Error('stopped'));
  })();
  const waiting = ask(model, { signal: stop.signal });
  await expect(inTime('the end of the stopped answer', running)).rejects.toThrow('stopped');
  await expect(inTime('the end of the waiting question', waiting)).rejects.toThrow('stopped');
  expect(parts).toHaveLength(3);
  expect((await ask(model)).length).toBeGreaterThan(1);
});

test('a reader may leave', async () => {
  for await (const _part of model.stream(request(400), never)) break;
  expect((await inTime('the next answer', ask(model))).length).toBeGreaterThan(1);
});

test('a prompt that is longer than the context is shortened or refused, and ends nothing', async () => {
  await ask(model, { content: 'all is well '.repeat(1000) }).catch((error: unknown) =>
    expect(error).toMatchObject({ name: 'ModelError' }),
  );
  expect((await ask(model)).length).toBeGreaterThan(1);
});

test.each([
  ['missing', 'REFUSED'],
  ['page', 'REFUSED'],
  ['empty', 'REFUSED'],
  ['text', 'REFUSED'],
  ['half', 'FAILED'],
])('a file that is no whole model, %s.gguf, is told by the probe and by a question', async (file, fault) => {
  const wrong = at(`${file}.gguf`);
  await expect(inTime('the probe', wrong.probe(never))).rejects.toMatchObject({ fault });
  await expect(inTime('the answer', ask(wrong))).rejects.toMatchObject({ fault });
  await wrong[Symbol.asyncDispose]();
  await model.probe(never);
});
