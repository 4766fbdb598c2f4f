// cspell:words traurig alpen murmeltier nagetier
/** The assistant in the contract's operations. Elyza answers. */
import { ASSISTANT_ID } from '@chat/identity-client/directory/assistant-account';
import { eventually } from '@chat/kit/testing/eventually';
import type { Data, Person } from '../harness/person';
import type { System } from '../harness/system';

export function assistant(system: System): void {
  let ada: Person;
  let bob: Person;
  let eve: Person;
  beforeAll(async () => {
    [ada, bob, eve] = await system.people('ada', 'bob', 'eve');
  });

  const create = async (): Promise<string> => {
    const input = { name: 'questions', type: 'PRIVATE', memberIds: [bob.id] };
    return (await ada.does('CreateChannel', { input })).id as string;
  };
  const history = async (id: string): Promise<Data[]> =>
    (await bob.does('ChannelHistory', { id, last: 20 })).messages.edges.map(({ node }: Data) => node);

  test('AssistantStatus names the providers', async () => {
    expect(await eve.does('AssistantStatus')).toEqual({
      enabled: true,
      providers: [{ name: 'elyza', available: true }],
    });
    expect((await system.nobody.isRefused('AssistantStatus')).code).toBe('UNAUTHENTICATED');
  });

  test('AskAssistant asks in a channel, and the answer is a message of the assistant', async () => {
    const channelId = await create();
    const input = { channelId, prompt: 'I am sad.', clientMutationId: 'sad' };
    const answer = await eventually(async () => {
      const soFar = await ada.does('AskAssistant', { input });
      expect(soFar).toEqual({
        id: expect.any(String),
        body: expect.stringMatching(/\w+/),
        author: { id: ASSISTANT_ID },
        inReplyTo: { id: expect.any(String) },
        provider: 'elyza',
      });
      return soFar;
    });
    const [question, message] = await eventually(async () => {
      const messages = await history(channelId);
      expect(messages).toHaveLength(2);
      return messages;
    });
    expect(question).toMatchObject({ id: answer.inReplyTo.id, body: 'I am sad.', author: { id: ada.id } });
    expect(message).toMatchObject({
      id: answer.id,
      body: answer.body,
      author: { username: 'assistant', displayName: 'Assistant' },
    });
    const hidden = await eve.isRefused('AskAssistant', { input: { channelId, prompt: 'What did they say?' } });
    expect(hidden.code).toBe('NOT_FOUND');
  });

  test('a mention of @assistant is answered, part by part in ChannelActivity', async () => {
    const channelId = await create();
    const watch = await bob.follows('ChannelActivity', { channelId });
    await watch.hasBegun(
      () => ada.does('SetTyping', { channelId }),
      ({ __typename }) => __typename === 'TypingStarted',
    );
    await ada.does('SendMessage', { input: { channelId, body: '@assistant Ich bin traurig.' } });
    const parts: Data[] = [];
    while (!parts.at(-1)?.done) parts.push(await watch.until(({ __typename }) => __typename === 'AssistantToken'));
    const { messageId } = parts[0]!;
    const message = await eventually(
      async () => (await history(channelId)).find(({ id }) => id === messageId) ?? false,
    );
    expect(parts.map(({ delta }) => delta as string).join('')).toBe(message!.body);
    expect(parts.length).toBeGreaterThan(2);
  });

  test('a direct channel with the assistant needs no mention', async () => {
    const { id: channelId } = await ada.does('OpenDirectChannel', { userIds: [ASSISTANT_ID] });
    await ada.does('SendMessage', { input: { channelId, body: 'Hello' } });
    await eventually(async () => {
      const { messages } = await ada.does('ChannelHistory', { id: channelId, last: 5 });
      expect(messages.edges.map(({ node }: Data) => node.author.id)).toEqual([ada.id, ASSISTANT_ID]);
    });
  });

  test('Elyza looks up the dictionary and the wiki, and quotes no page that others in the channel may not read', async () => {
    const { admin } = system;
    const term = { term: 'Murmeltier', definition: 'Ein Nagetier der Alpen.', locale: 'de' };
    await admin.does('CreateTerm', { input: term });
    const write = (title: string, body: string) => admin.does('CreatePage', { input: { title, body, locale: 'en' } });
    await write('Canteen', '# Hours\n\nThe canteen opens at noon.');
    const secret = await write('Safe', 'The code of the safe is 4711.');
    const restrict = 'mutation ($id: ID!) { restrictWikiPage(id: $id, isRestricted: true) { id } }';
    expect((await admin.asks(restrict, { id: secret.id })).errors).toBeUndefined();

    const channelId = await create();
    const ask = async (person: Person, prompt: string, id = channelId): Promise<string> => {
      const { id: answerId } = await person.does('AskAssistant', { input: { channelId: id, prompt } });
      const message = await eventually(async () => {
        const { messages } = await person.does('ChannelHistory', { id, last: 20 });
        return messages.edges.map(({ node }: Data) => node).find((node: Data) => node.id === answerId) ?? false;
      }, `an answer to ${prompt}`);
      return message.body as string;
    };
    // On a busy machine the wiki can miss its deadline, and she answers without it.
    const learns = async (person: Person, prompt: string, id = channelId) => {
      const answers: string[] = [];
      while (answers.length < 4 && !/Alpen|noon|4711/.test(answers.at(-1) ?? ''))
        answers.push(await ask(person, prompt, id));
      return answers.at(-1);
    };
    expect(await learns(ada, 'Was ist ein Murmeltier?')).toContain('Ein Nagetier der Alpen.');
    expect(await learns(ada, 'When does the canteen open?')).toContain('opens at noon');
    expect(await ask(ada, 'Where is the safe?')).not.toContain('4711');
    const { id: shared } = await admin.does('CreateChannel', {
      input: { name: 'shared', type: 'PRIVATE', memberIds: [bob.id] },
    });
    expect(await ask(admin, 'Where is the safe?', shared as string)).not.toContain('4711');
    const { id: direct } = await admin.does('OpenDirectChannel', { userIds: [ASSISTANT_ID] });
    expect(await learns(admin, 'Where is the safe?', direct as string)).toContain('4711');
  });
}
