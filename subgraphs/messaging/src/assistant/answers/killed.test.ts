/** A process is killed while it answers: everything that was shown is in the message, marked, and nothing is shown twice. */
import { ASSISTANT_ID } from '@chat/identity-client/directory/assistant-account';
import type { FakeModelServer } from '@chat/kit/language-models/testing/fake-model-server';
import { startFakeOllama } from '@chat/kit/language-models/testing/fake-ollama';
import { eventually } from '@chat/kit/testing/eventually';
import { TestProcess } from '@chat/kit/testing/test-process';
import { Client } from 'pg';
import { startTestMessaging, type Person, type TestMessaging } from '../../testing/test-messaging';
import { openTestNames } from '../../testing/test-names';

const ANSWER = 'query ($id: ID!) { assistantAnswer(id: $id) { id body state failure message { id } } }';
const CANCEL = 'mutation ($id: ID!) { cancelAssistantAnswer(id: $id) { id } }';
const ACTIVITY = `subscription ($channelId: ID!) { channelActivity(channelId: $channelId) {
  ... on AssistantToken { messageId offset delta done } } }`;
const TOKENS = Array.from({ length: 400 }, (_, index) => `${index} `);

const parts = new AsyncDisposableStack();
let ollama: FakeModelServer;
let messaging: TestMessaging;
let ada: Person;

beforeAll(async () => {
  ollama = parts.use(await startFakeOllama());
  messaging = parts.use(await startTestMessaging({ ...settings(), LOG_LEVEL: 'silent' }));
  const names = parts.use(await openTestNames(messaging));
  ada = messaging.person();
  await names.user(ada, 'ada');
  await names.user({ id: ASSISTANT_ID } as Person, 'assistant');
});
afterAll(() => parts.disposeAsync());

// One answer at a time, so that a silent one keeps this process busy while the other process answers.
const settings = () => ({ OLLAMA_BASE_URL: ollama.url, AI_PROVIDERS: 'ollama', AI_CONCURRENT_ANSWERS: '1' });

/** It answers all further questions while this process is busy. */
async function anotherProcess(): Promise<TestProcess> {
  const { DATABASE_URL, REDIS_URL, REDIS_PREFIX, SECRET_KEY } = messaging.config;
  const process = new TestProcess({
    args: ['subgraphs/messaging/src/main.ts'],
    env: { ...settings(), AI_CONCURRENT_ANSWERS: '2', DATABASE_URL, REDIS_URL, REDIS_PREFIX, SECRET_KEY },
  });
  parts.use(process);
  await process.waitFor(/"msg":"ready"/, 120_000);
  return process;
}

/** A channel with a question, and the parts of its answer as ada sees them. */
async function question() {
  const channelId = await ada.creates();
  const activity = await ada.follows(ACTIVITY, { channelId });
  const before = ollama.calls.length;
  await ada.sends(channelId, '@assistant Count.');
  await eventually(() => ollama.calls.length > before);
  const seen = { id: '', text: '', isEnded: false };
  void (async () => {
    for await (const { data } of activity) {
      const { messageId, offset, delta, done } = data!.channelActivity;
      expect(offset).toBe(seen.text.length);
      Object.assign(seen, { id: messageId, text: seen.text + delta, isEnded: done });
    }
  })();
  return { seen, call: ollama.calls[before]!, channelId };
}

/** Others take over at once, instead of after twelve seconds. A living process renews its lease. */
async function expireLeases(): Promise<void> {
  const client = new Client({ connectionString: messaging.config.DATABASE_URL });
  await client.connect();
  await client.query(`update job_workers.lease set expires_at = now() - interval '1 second'`);
  await client.end();
}

const answer = async (id: string) => (await ada.does(ANSWER, { id })).assistantAnswer;

/** A silent answer that keeps this process busy. */
async function keepBusy() {
  ollama.tokens = ['x', 'y'];
  ollama.fault = { silentAfter: 1 };
  const busy = await question();
  await eventually(() => busy.seen.text === 'x');
  ollama.tokens = TOKENS;
  ollama.fault = undefined;
  return busy;
}

test('SIGKILL in the middle of an answer, and before the first token of another', async () => {
  const busy = await keepBusy();
  const killed = await anotherProcess();
  ollama.fault = 'HANG';
  const waiting = await question();
  ollama.fault = undefined;
  ollama.pauseMs = 25;
  const streaming = await question();
  await eventually(() => streaming.seen.text.length > 200);
  killed.signal('SIGKILL');
  await killed.exited;
  const shown = streaming.seen.text;
  ollama.pauseMs = 0;
  await ada.does(CANCEL, { id: busy.seen.id });
  await expireLeases();

  for (const { seen } of [streaming, waiting])
    await eventually(() => seen.isEnded, 'another process takes over', 50_000);
  const { body, state, failure, message } = await answer(streaming.seen.id);
  expect({ state, failure, message }).toEqual({
    state: 'INTERRUPTED',
    failure: 'RESTARTED',
    message: { id: streaming.seen.id },
  });
  expect(body.startsWith(shown)).toBe(true);
  expect(streaming.seen.text).toBe(body);
  expect(TOKENS.join('').startsWith(body)).toBe(true);
  expect(await answer(waiting.seen.id)).toMatchObject({ state: 'COMPLETE', body: TOKENS.join('') });
  expect(waiting.seen.text).toBe(TOKENS.join(''));
}, 240_000);

test('SIGTERM in the middle of an answer: the process stores the text before it ends', async () => {
  const busy = await keepBusy();
  const ending = await anotherProcess();
  ollama.pauseMs = 50;
  const { seen } = await question();
  await eventually(() => seen.text.length > 100);
  ending.signal('SIGTERM');
  expect(await ending.exited).toEqual({ code: 0, signal: null });
  await eventually(() => seen.isEnded, 'the end is announced');
  const { body, state, failure, message } = await answer(seen.id);
  expect({ state, failure, message }).toEqual({
    state: 'INTERRUPTED',
    failure: 'RESTARTED',
    message: { id: seen.id },
  });
  expect([body, TOKENS.join('').startsWith(body)]).toEqual([seen.text, true]);
  await ada.does(CANCEL, { id: busy.seen.id });
  await eventually(() => busy.seen.isEnded);
}, 180_000);
