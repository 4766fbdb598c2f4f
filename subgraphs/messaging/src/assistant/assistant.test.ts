// cspell:words weil anruft traurig
/** The assistant by its contract: asking by mutation, by mention and in a direct channel, access, streaming, limits. Elyza answers. */
import { ASSISTANT_ID } from '@chat/identity-client/directory/assistant-account';
import { writeTinyGguf } from '@chat/kit/language-models/testing/tiny-gguf';
import { eventually } from '@chat/kit/testing/eventually';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endedAnswer } from '../testing/ended-answer';
import { startTestMessaging, type Person, type TestMessaging } from '../testing/test-messaging';
import { TestKnowledgeServer } from '../testing/test-knowledge-server';
import { openTestNames, type TestNames } from '../testing/test-names';
import { isEnded } from './answers/answer.entity';

const ASK = 'mutation ($input: AskAssistantInput!) { askAssistant(input: $input) { id state } }';
const STATUS = '{ assistantStatus { enabled account { id } providers { name available fault } } }';
const ACTIVITY = `subscription ($channelId: ID!) { channelActivity(channelId: $channelId) {
  __typename ... on AssistantToken { messageId offset delta done } } }`;
const HISTORY = `query ($id: ID!) { channel(id: $id) { messages(last: 20) { edges { node {
  id body author { id } parent { id } assistantAnswer { provider state inReplyTo { id } } } } } } }`;
const ANSWER = 'query ($id: ID!) { assistantAnswer(id: $id) { id state body } }';
const CANCEL = 'mutation ($id: ID!) { cancelAssistantAnswer(id: $id) { id state } }';

let knowledge: TestKnowledgeServer;
let messaging: TestMessaging;
let names: TestNames;
let ada: Person;
let bob: Person;
let eve: Person;
let channelId: string;

beforeAll(async () => {
  knowledge = await TestKnowledgeServer.start();
  messaging = await startTestMessaging({ AI_QUESTIONS_PER_MINUTE: '6', KNOWLEDGE_URL: knowledge.url });
  names = await openTestNames(messaging);
  await names.user({ id: ASSISTANT_ID } as Person, 'assistant');
});
afterAll(async () => {
  await names[Symbol.asyncDispose]();
  await messaging[Symbol.asyncDispose]();
  await knowledge[Symbol.asyncDispose]();
});
beforeEach(async () => {
  [ada, bob, eve] = [messaging.person(), messaging.person(), messaging.person()];
  for (const [index, person] of [ada, bob, eve].entries()) await names.user(person, `person-${index}-${person.id}`);
  channelId = await ada.creates({ members: [bob] });
});

/** The answer when it has ended. */
const asks = (person: Person, prompt: string, channel = channelId) =>
  endedAnswer(
    person,
    { channelId: channel, prompt },
    'author { id } inReplyTo { id body author { id } } provider message { body }',
  );

async function messagesOf(person: Person, id = channelId): Promise<any[]> {
  const { channel } = await person.does(HISTORY, { id });
  return channel.messages.edges.map((edge: any) => edge.node);
}

const answersIn = async (person: Person, id = channelId) =>
  (await messagesOf(person, id)).filter(({ author }) => author.id === ASSISTANT_ID);

describe('a question by mutation', () => {
  test('is a message of the asker; the answer is a message of the assistant and names its provider', async () => {
    const answer = await asks(ada, 'I am sad.');
    expect(answer).toMatchObject({
      author: { id: ASSISTANT_ID },
      inReplyTo: { body: 'I am sad.', author: { id: ada.id } },
      provider: 'elyza',
      state: 'COMPLETE',
    });
    expect(answer.body).not.toBe('');
    expect(answer.message).toEqual({ id: answer.id, body: answer.body });
    const [question, stored] = await messagesOf(bob);
    expect(question).toMatchObject({ id: answer.inReplyTo.id, assistantAnswer: null });
    expect(stored).toMatchObject({
      id: answer.id,
      body: answer.body,
      parent: null,
      assistantAnswer: { provider: 'elyza', state: 'COMPLETE', inReplyTo: { id: question.id } },
    });
  });

  test('waits for a short answer, if this machine has the time', async () => {
    const input = { channelId, prompt: 'I am sad.' };
    await eventually(async () => expect((await ada.does(ASK, { input })).askAssistant.state).toBe('COMPLETE'));
  });

  test('needs the right to write in the channel; a private channel of others does not exist', async () => {
    const input = { channelId, prompt: 'Hello' };
    expect(await eve.isRefused(ASK, { input })).toMatchObject({ code: 'NOT_FOUND' });
    const open = await ada.creates({ type: 'PUBLIC' });
    expect(await eve.isRefused(ASK, { input: { ...input, channelId: open } })).toMatchObject({ code: 'FORBIDDEN' });
    const { id } = await asks(bob, 'Hello');
    expect((await ada.does(ANSWER, { id })).assistantAnswer).toMatchObject({ id, state: 'COMPLETE' });
    expect(await eve.isRefused(ANSWER, { id })).toMatchObject({ code: 'NOT_FOUND' });
    expect(await eve.isRefused(CANCEL, { id })).toMatchObject({ code: 'NOT_FOUND' });
    expect(await ada.does(CANCEL, { id })).toMatchObject({ cancelAssistantAnswer: { state: 'COMPLETE' } });
    expect(await messaging.person('GUEST').isRefused(ASK, { input })).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('names the prompt in refusals', async () => {
    for (const prompt of ['', ' \n', '\u200b', 'x'.repeat(16_001), '\ud800', 'y'.repeat(1_000_000)]) {
      const refusal = await ada.isRefused(ASK, { input: { channelId, prompt } });
      expect(refusal).toMatchObject({ code: 'BAD_USER_INPUT' });
      expect(Object.keys(refusal['fields'] as object)).toEqual(['prompt']);
    }
    const both = await ada.isRefused(ASK, { input: { channelId, prompt: '', parentId: ada.id } });
    expect(Object.keys(both['fields'] as object).sort()).toEqual(['parentId', 'prompt']);
    expect(await messagesOf(ada)).toEqual([]);
  });

  test('is idempotent with a clientMutationId', async () => {
    const input = { channelId, prompt: 'Hello', clientMutationId: 'one' };
    const [first, second] = [await ada.does(ASK, { input }), await ada.does(ASK, { input })];
    expect(second.askAssistant.id).toBe(first.askAssistant.id);
    expect(await messagesOf(ada)).toHaveLength(2);
  });

  test('may be emoji only, or in mixed languages', async () => {
    for (const prompt of ['🙂🙂', 'Ich bin sad, weil my mother immer anruft.'])
      expect((await asks(ada, prompt)).body).not.toBe('');
  });

  test('has limits per account, which leave other accounts alone', async () => {
    for (let i = 0; i < 6; i++) await asks(ada, `question ${i}`);
    const refusal = await ada.isRefused(ASK, { input: { channelId, prompt: 'one more' } });
    expect(refusal).toMatchObject({ code: 'RATE_LIMITED' });
    expect(refusal['retryAfterMs']).toBeGreaterThan(0);
    expect((await asks(bob, 'Hello')).state).toBe('COMPLETE');
    expect((await messagesOf(ada)).filter(({ body }) => body === 'one more')).toEqual([]);
    // A message is sent beyond the limit; it is no question.
    const { id } = await ada.sends(channelId, '@assistant hello', { select: 'id' });
    expect((await asks(bob, 'Hello again')).state).toBe('COMPLETE');
    expect((await messagesOf(ada)).map((message) => message.assistantAnswer?.inReplyTo.id)).not.toContain(id);
  });
});

describe('a message', () => {
  test('that mentions the assistant is answered, in its thread if it is a reply', async () => {
    const { id: rootId } = await ada.sends(channelId, 'a root');
    const { id } = await bob.sends(channelId, '@assistant I am happy.', { parentId: rootId });
    const answer = await eventually(async () => (await answersIn(ada))[0] ?? false);
    expect(answer).toMatchObject({ parent: { id: rootId }, assistantAnswer: { inReplyTo: { id } } });
  });

  test('that does not mention it is not answered, nor one with its name in code', async () => {
    await ada.sends(channelId, 'assistant, are you there?');
    await ada.sends(channelId, 'a `@assistant` in code');
    const { inReplyTo } = await asks(bob, 'Hello');
    const answers = await answersIn(ada);
    expect(answers.map(({ assistantAnswer }) => assistantAnswer.inReplyTo.id)).toEqual([inReplyTo.id]);
  });

  test('in a direct channel with the assistant is answered', async () => {
    const open = 'mutation ($userIds: [ID!]!) { openDirectChannel(userIds: $userIds) { id } }';
    const { openDirectChannel: direct } = await ada.does(open, { userIds: [ASSISTANT_ID] });
    const { id } = await ada.sends(direct.id, 'Ich bin traurig.');
    await eventually(async () => {
      const [answer] = await answersIn(ada, direct.id);
      expect(answer).toMatchObject({ assistantAnswer: { inReplyTo: { id } } });
    });
  });

  test('of the assistant notifies nobody, whatever it says', async () => {
    const { id } = await asks(ada, 'I want @channel.');
    const query = 'query ($id: ID!) { message(id: $id) { mentions { id } } }';
    expect((await ada.does(query, { id })).message.mentions).toEqual([]);
    const { channel } = await bob.does('query ($id: ID!) { channel(id: $id) { viewerMembership { mentionCount } } }', {
      id: channelId,
    });
    expect(channel.viewerMembership.mentionCount).toBe(1); // by the question
  });
});

test('the answer is streamed to the channel: its parts are the text, each once', async () => {
  const activity = await bob.follows(ACTIVITY, { channelId });
  const { id, body } = await asks(ada, 'I am tired of my work, because my boss never listens.');
  let text = '';
  const parts: any[] = [];
  while (!parts.at(-1)?.done) {
    const [{ channelActivity: token }] = await activity.take(1);
    if (token.__typename !== 'AssistantToken') continue;
    expect(token).toMatchObject({ messageId: id, offset: text.length });
    text += token.delta;
    parts.push(token);
  }
  await activity.end();
  expect(text).toBe(body);
  expect(parts.length).toBeGreaterThan(2);
});

test('a ban of its account keeps the assistant out of a channel', async () => {
  const ban = `mutation ($channelId: ID!, $userId: ID!) { banMember(channelId: $channelId, userId: $userId) }`;
  await ada.does(
    'mutation ($channelId: ID!, $userIds: [ID!]!) { addMembers(channelId: $channelId, userIds: $userIds) { id } }',
    {
      channelId,
      userIds: [ASSISTANT_ID],
    },
  );
  await ada.does(ban, { channelId, userId: ASSISTANT_ID });
  const { id } = (await ada.does(ASK, { input: { channelId, prompt: 'Hello' } })).askAssistant;
  await eventually(async () => isEnded((await ada.does(ANSWER, { id })).assistantAnswer.state));
  expect(await answersIn(ada)).toEqual([]);
});

test('a deactivated account of the assistant answers nowhere', async () => {
  await names.deactivate({ id: ASSISTANT_ID } as Person);
  expect(await asks(ada, 'Hello')).toMatchObject({ state: 'FAILED', body: '', message: null });
  await names.user({ id: ASSISTANT_ID } as Person, 'assistant');
  expect(await asks(ada, 'Hello')).toMatchObject({ state: 'COMPLETE' });
});

describe('a question about a topic', () => {
  beforeEach(async () => {
    Object.assign(knowledge, { term: null, pages: () => [], fault: undefined });
    knowledge.viewers = [];
    await names.permit(ada, 'READ', 'WRITE');
  });
  const page = (id: string) => ({ id, slug: id, title: id, locale: 'en', body: `About ${id}.` });

  test('is answered from the dictionary, with the permissions of the asker', async () => {
    knowledge.term = { term: 'SLO', definition: 'A goal.', usageNote: null, status: 'APPROVED', replacement: null };
    expect((await asks(ada, 'What is an SLO?')).body).toBe('**SLO** in the dictionary: A goal.');
    const viewer = { id: ada.id, roles: ['USER'], permissions: ['READ', 'WRITE'] };
    expect(knowledge.viewers).toMatchObject([viewer]);
  });

  test('by an API key is answered within its scope', async () => {
    const keyId = await names.key();
    const program = messaging.byKey(ada, keyId);
    await asks(program, 'What is an SLO?');
    const expected = { id: ada.id, sessionId: keyId, scope: ['READ', 'WRITE'], permissions: ['READ', 'WRITE'] };
    expect(knowledge.viewers).toMatchObject([expected]);
  });

  test('quotes pages that everybody in the channel may read; the others only if nobody else is there', async () => {
    knowledge.pages = ({ id }) => (id === ASSISTANT_ID ? [page('open')] : [page('secret'), page('open')]);
    expect((await asks(ada, 'What is open?')).body).toBe('In the wiki, **open** (`open`): About open.');
    const [alone, shared] = [await ada.creates(), await ada.creates({ type: 'PUBLIC' })];
    for (const [id, isShown] of [
      [alone, true],
      [shared, false],
    ] as const) {
      const { body } = await asks(ada, 'What is open?', id);
      expect(body.includes('About secret.')).toBe(isShown);
    }
  });

  test.each(['ERRORS', 'HTML', 'HANG', 'RESET', 'FLOOD'] as const)(
    'is answered without the wiki if the knowledge subgraph has the fault %s',
    async (fault) => {
      knowledge.fault = fault;
      expect((await asks(ada, 'What is an SLO?')).body).not.toBe('');
      expect(knowledge.viewers).toHaveLength(1);
    },
  );
});

test('its state names the providers', async () => {
  expect((await ada.does(STATUS)).assistantStatus).toEqual({
    enabled: true,
    account: { id: ASSISTANT_ID },
    providers: [{ name: 'elyza', available: true, fault: null }],
  });
});

test('deleting the answer deletes its text everywhere', async () => {
  const { id, body } = await asks(ada, 'I am sad.');
  await ada.does('mutation ($id: ID!) { deleteMessage(id: $id) { id } }', { id });
  const answer = (await ada.does(ANSWER, { id })).assistantAnswer;
  expect(answer).toEqual({ id, state: 'COMPLETE', body: '' });
  expect(body).not.toBe('');
});

test.each<Record<string, string>>([{ AI_ENABLED: 'false' }, { ENABLE_ELYZA_FALLBACK: 'false' }])(
  'with %j nobody answers: a question is refused, and a message that mentions the assistant is sent as any other',
  async (env) => {
    await using without = await startTestMessaging(env);
    await using others = await openTestNames(without);
    await others.user({ id: ASSISTANT_ID } as Person, 'assistant');
    const person = without.person();
    const channel = await person.creates();
    const input = { channelId: channel, prompt: 'Hello' };
    expect(await person.isRefused(ASK, { input })).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    const { mentions } = await person.sends(channel, '@assistant hello', { select: 'mentions { id }' });
    expect(mentions).toEqual([{ id: ASSISTANT_ID }]);
    expect((await person.does(STATUS)).assistantStatus).toMatchObject({ enabled: false, providers: [] });
    expect(await messagesOf(person, channel)).toHaveLength(1);
  },
);

test('a GGUF file answers in the process', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'chat-gguf-'));
  const path = join(folder, 'tiny.gguf');
  writeTinyGguf(path);
  await using local = await startTestMessaging({ LLAMA_MODEL_PATH: path, AI_ANSWER_TOKENS: '20' });
  const person = local.person();
  const input = { channelId: await person.creates(), prompt: 'Is all well?' };
  const answer = await endedAnswer(person, input, 'provider');
  expect(answer).toMatchObject({ provider: 'llama', state: 'COMPLETE', body: expect.stringMatching(/\w/) });
  rmSync(folder, { recursive: true });
});
