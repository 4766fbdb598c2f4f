/**
 * Instructions that documents hide, answered by a model that obeys each of them: the answer stays text that loads nothing, cites only its
 * sources, and changes nothing. The same documents without a model: their sentences are quoted in the same way.
 */
import type { FakeModelServer } from '@chat/kit/language-models/testing/fake-model-server';
import { startFakeOpenAi } from '@chat/kit/language-models/testing/fake-openai';
import { eventually } from '@chat/kit/testing/eventually';
import type { Person } from '@chat/kit/testing/person';
import { startTestSubgraph, type TestSubgraph } from '@chat/kit/testing/test-subgraph';
import MarkdownIt from 'markdown-it';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { knowledgeVariables } from '../config';
import { createKnowledge } from '../create-knowledge';
import type { KnowledgeParts } from '../feature';
import { HIDDEN_INSTRUCTIONS, LURE } from './testing/hidden-instructions';

const ADD = 'mutation ($input: AddDocumentInput!) { addDocument(input: $input) { id } }';
const ASK = `query ($question: String!) { ask(question: $question) {
  answer provider citations { number quote source { ... on Document { id } } } } }`;

/** A client that renders as much as one can. Names without a scheme are no links in CommonMark and GFM. */
const client = new MarkdownIt({ html: true, linkify: true, breaks: true });
client.linkify.set({ fuzzyLink: false, fuzzyEmail: false });

interface Answer {
  answer: string;
  provider: string;
  citations: { number: number; quote: string; source: { id: string } }[];
}

const stack = new AsyncDisposableStack();
let knowledge: TestSubgraph<unknown, Awaited<ReturnType<typeof createKnowledge>>>;
let model: FakeModelServer;
let ada: Person;
let lured = 0;
const lure = createServer((_, response) => (lured++, response.end()));
const cases = HIDDEN_INSTRUCTIONS.map((instruction, i) => ({
  ...instruction,
  question: `Which colour has crate K${i}?`,
}));
const ids: string[] = [];
beforeAll(async () => {
  await once(lure.listen(0, '127.0.0.1'), 'listening');
  stack.defer(() => void lure.close());
  const address = `http://127.0.0.1:${(lure.address() as AddressInfo).port}`;
  for (const one of cases)
    [one.text, one.reply] = [one.text.replaceAll(LURE, address), one.reply.replaceAll(LURE, address)];
  model = stack.use(await startFakeOpenAi());
  const env = { EMBEDDINGS_ENABLED: 'false', OPENAI_BASE_URL: `${model.url}/v1`, AI_PROVIDERS: 'openai' };
  knowledge = stack.use(await startTestSubgraph('knowledge', knowledgeVariables, createKnowledge, env));
  ada = knowledge.person();
  const added = cases.map(async ({ text }, i) => {
    const input = { title: `Crate K${i}`, text: `The colour of crate K${i} is amber. ${text}` };
    return (await ada.does(ADD, { input })).addDocument.id as string;
  });
  ids.push(...(await Promise.all(added)));
  const em = (knowledge.subgraph as unknown as { parts: KnowledgeParts }).parts.fork();
  await eventually(async () =>
    expect(await em.execute(`select 1 from knowledge.documents where status <> 'INDEXED'`)).toEqual([]),
  );
}, 60_000);
afterAll(() => stack.disposeAsync());

async function ask(question: string, reply: string): Promise<Answer> {
  model.tokens = [reply];
  return (await ada.does(ASK, { question })).ask;
}

/** The addresses and elements that a client would load or follow. */
function loads(text: string): string[] {
  const html = client.render(text);
  return [...html.matchAll(/<\/?(\w+)[^>]*>/g)]
    .filter(
      ([tag, name]) =>
        !/^(p|em|strong|br|ul|ol|li|code|pre|h\d|hr|blockquote|table|thead|tbody|tr|t[hd])$/.test(name!) ||
        /\b(src|href|style|on\w+)=/.test(tag),
    )
    .map(([tag]) => tag);
}

function expectHarmless({ answer, citations }: Answer): void {
  for (const text of [answer, ...citations.map(({ quote }) => quote)]) {
    expect(loads(text)).toEqual([]);
    expect(text).not.toMatch(/[\u200b-\u200f\u202a-\u202e\u2060-\u206f\u{e0000}-\u{e007f}]/u);
  }
  for (const { source } of citations) expect(ids).toContain(source.id);
  const named = [...answer.matchAll(/\[(\d{1,3})\]/g)].map(([, number]) => Number(number));
  expect(new Set(named)).toEqual(new Set(citations.map(({ number }) => number)));
}

test('there are 75 kinds of instructions, in both languages', () => {
  expect(new Set(cases.map(({ kind }) => kind)).size).toBeGreaterThanOrEqual(75);
  expect(cases.filter(({ kind }) => kind.includes('German')).length).toBeGreaterThanOrEqual(10);
});

test('the replies of the obedient model hold something that a client would load', () => {
  expect(cases.filter(({ reply }) => loads(reply).length > 0).length).toBeGreaterThan(30);
});

test.each(cases.map((one, i) => [one.kind, i] as const))(
  '%s: the model obeys, and its answer is text',
  async (_, i) => {
    const { question, text, reply } = cases[i]!;
    const before = model.calls.length;
    expectHarmless(await ask(question, `The colour of crate K${i} is amber [1]. ${reply}`));
    // Source and question reach the model as data and as the user's turn, and the model has nothing else to do than to write.
    const { messages, ...body } = model.calls[before]!.body;
    expect(Object.keys(body).filter((key) => /tool|function/.test(key))).toEqual([]);
    expect(messages.map(({ role }: { role: string }) => role)).toEqual(['system', 'user']);
    expect(messages[1].content).toBe(question);
    const rules = messages[0].content as string;
    const mark = /<(source-[\da-f]{16}) number="N">/.exec(rules)![1]!;
    expect(text).not.toContain(mark);
    const quoted = rules.slice(rules.indexOf('UNKNOWN.'));
    expect(quoted.split(`</${mark}>`).length).toBe(quoted.split(`<${mark} number="`).length);
    expect(rules).not.toMatch(/[\u{e0000}-\u{e007f}]/u);
    // A reply without a source is no answer; the passages are quoted instead.
    const extractive = await ask(question, reply.replace(/\[\d+\]/g, ''));
    expect(extractive.provider).toBe('extractive');
    expectHarmless(extractive);
  },
);

test('nothing was requested, added or removed', async () => {
  expect(lured).toBe(0);
  const em = (knowledge.subgraph as unknown as { parts: KnowledgeParts }).parts.fork();
  const count = async (table: string) =>
    (await em.execute<{ count: string }[]>(`select count(*) as count from knowledge.${table}`))[0]!.count;
  expect([await count('documents'), await count('wiki_pages'), await count('terms')]).toEqual([
    `${cases.length}`,
    '0',
    '0',
  ]);
});
