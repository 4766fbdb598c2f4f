// cspell:words murmeltier nach bedeutet wann bist kantine öffnet speiseplan schlag hilfe suche funktioniert befehle gibt traurig findet Formen welche erkläre kannst helfen
/** Elyza as a provider: her help in two languages, a conversation that she follows, and files of an operator. */
import type { FindReferences, Reference } from '@chat/kit/language-models/language-model';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ElyzaModel } from './elyza.model';
import { HelpTopics } from './help-topics';
import { LookupQuestions } from './lookup-questions';
import { loadLookups } from './scripts';

async function answer(model: ElyzaModel, ...sentences: string[]): Promise<string> {
  const turns = sentences.map((content) => ({ role: 'user' as const, content, speaker: 'ada' }));
  const parts: string[] = [];
  for await (const part of model.stream({ turns, maxTokens: 100 }, new AbortController().signal)) parts.push(part);
  return parts.join('');
}

const elyza = new ElyzaModel();

test.each([
  ['help', /How do I search/],
  ['@assistant /help', /How do I search/],
  ['How do I search for a message?', /searchMessages/],
  ['@assistant, how can I mention everybody?', /@channel/],
  ['What is slow mode?', /slowModeSeconds/],
  ['Which slash commands are there?', /runCommand/],
  ['Which commands are there?', /I can explain/],
  ['Hilfe!', /Wie funktioniert die Suche/],
  ['Wie funktioniert die Suche?', /findet alle Formen/],
  ['Welche Befehle gibt es?', /Ich erkläre/],
  ['Was ist ein Ticket?', /createTicket/],
])('%s is answered from her help', async (sentence, expected) => {
  expect(await answer(elyza, sentence)).toMatch(expected);
});

test.each(['I am sad.', 'My mother searches for me.', 'What is love?', 'Ich bin traurig.', 'Kannst du mir helfen?'])(
  '%s is no question about the chat',
  async (sentence) => expect(await answer(elyza, sentence)).not.toMatch(/`/),
);

test('a conversation goes on after help: she remembers what was said before', async () => {
  const without = await answer(elyza, 'My mother calls every day.', 'Well.', 'Hm.', 'So.');
  const withHelp = await answer(elyza, 'My mother calls every day.', 'help', 'Well.', 'Hm.', 'So.');
  expect(withHelp).toBe(without);
});

test('other people in the channel do not change her answer', async () => {
  const turns = [
    { role: 'user' as const, content: 'My boss is angry.', speaker: 'bob' },
    { role: 'user' as const, content: 'I am sad.', speaker: 'ada' },
  ];
  const parts: string[] = [];
  for await (const part of elyza.stream({ turns, maxTokens: 100 }, new AbortController().signal)) parts.push(part);
  expect(parts.join('')).toBe(await answer(elyza, 'I am sad.'));
});

test('files of an operator replace hers; a wrong one is refused at the start', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'chat-elyza-'));
  writeFileSync(
    join(folder, 'help.en.txt'),
    '? where is\n\nhelp\nAsk me for the canteen.\n\ncanteen\nOn the third floor.\n',
  );
  expect(await answer(new ElyzaModel(folder), 'Where is the canteen?')).toBe('On the third floor.');
  expect(await answer(new ElyzaModel(folder), 'Hilfe')).toMatch(/Ich erkläre/);
  writeFileSync(
    join(folder, 'elyza.en.txt'),
    '(Hi .) START (tea ((0) (Have some tea ?))) (MEMORY my (0 = A) (0 = B) (0 = C) (0 = D)) (NONE ((0) (Go on .)))',
  );
  expect(await answer(new ElyzaModel(folder), 'I like tea.')).toBe('Have some tea?');
  writeFileSync(join(folder, 'help.en.txt'), 'a topic without an answer');
  expect(() => new ElyzaModel(folder)).toThrow('has no answer');
  expect(() => HelpTopics.parse('; only a comment')).toThrow('has no topic');
  rmSync(folder, { recursive: true });
});

const lookups = loadLookups();

test.each([
  ['en', 'What is a marmot?', 'marmot'],
  ['en', 'what does SLO mean?', 'SLO'],
  ['en', "What's the on-call rota", 'on-call rota'],
  ['en', 'Define: "error budget".', 'error budget'],
  ['en', 'What is C++?', 'C++'],
  ['en', 'How do we deploy the gateway?', 'deploy the gateway'],
  ['en', 'What does the wiki say about holidays?', 'holidays'],
  ['de', 'Was ist ein Murmeltier?', 'Murmeltier'],
  ['de', 'Schlag Speiseplan nach!', 'Speiseplan'],
  ['de', 'Was bedeutet „SLO“?', 'SLO'],
  ['de', 'Wann öffnet die Kantine?', 'öffnet die Kantine'],
  ['de', 'Wo bist du?', undefined],
  ['en', 'What is wrong with me?', undefined],
  ['en', 'How are you?', undefined],
  ['en', 'I am sad.', undefined],
  ['en', 'What is?', undefined],
  ['en', '', undefined],
] as const)('%s: the topic of %j is %j', (language, sentence, topic) => {
  expect(lookups[language].topicOf(sentence)).toBe(topic);
});

test('she answers from references if there are any, and otherwise as without them', async () => {
  const asked: string[] = [];
  const stream = async (content: string, found: Reference[]) => {
    const parts: string[] = [];
    const findReferences: FindReferences = (topic, language) => {
      asked.push(`${language} ${topic}`);
      return Promise.resolve(found);
    };
    const request = { turns: [{ role: 'user' as const, content, speaker: 'ada' }], maxTokens: 100, findReferences };
    for await (const part of elyza.stream(request, new AbortController().signal)) parts.push(part);
    return parts.join('');
  };
  const definition: Reference = { kind: 'DEFINITION', title: 'a_b', text: 'A rodent.' };
  const page: Reference = { kind: 'PAGE', title: 'Marmots', text: 'They whistle.', path: 'animals/marmots' };
  expect(await stream('@assistant What is a marmot?', [definition, page])).toBe(
    '**a\\_b** in the dictionary: A rodent.\n\nIn the wiki, **Marmots** (`animals/marmots`): They whistle.',
  );
  expect(await stream('Was ist ein Murmeltier?', [page])).toMatch(/^Im Wiki/);
  expect(asked).toEqual(['en marmot', 'de Murmeltier']);
  expect(await stream('What is a marmot?', [])).toBe(await answer(elyza, 'What is a marmot?'));
  expect(await stream('What is a thread?', [page])).toMatch(/parentId/); // her help explains the chat itself
  expect(asked).toHaveLength(3);
});

test('a wrong file with lookups is refused', () => {
  expect(() => LookupQuestions.parse('; only a comment')).toThrow('has no opening');
  expect(() => LookupQuestions.parse('? what is\nDEFINITION {text}')).toThrow('no line PAGE');
});
