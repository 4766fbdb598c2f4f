/** The operator's word list: its lines, and searches across languages by it. */
// cspell:disable -- texts in German
import { startTestKnowledge, type KnowledgePerson, type TestKnowledge } from '../../testing/test-knowledge';
import type { KnowledgeParts } from '../../feature';
import { pairOf, replaceWordList } from './word-list';

let knowledge: TestKnowledge;
let ada: KnowledgePerson;
beforeAll(async () => {
  knowledge = await startTestKnowledge();
  ada = knowledge.person();
});
afterAll(() => knowledge[Symbol.asyncDispose]());

async function* linesOf(...lines: string[]): AsyncGenerator<string> {
  yield* await Promise.resolve(lines);
}
const install = (...lines: string[]) =>
  (knowledge.subgraph as unknown as { parts: KnowledgeParts }).parts
    .fork()
    .transactional((tx) => replaceWordList(tx, linesOf(...lines)));

async function found(query: string): Promise<string[]> {
  const { semanticSearch } = await ada.does(
    'query ($query: String!) { semanticSearch(query: $query) { source { ... on Document { title } } } }',
    { query },
  );
  return semanticSearch.map(({ source }: { source: { title: string } }) => source.title);
}

test.each([
  ['Kettensäge {f}\tchainsaw [tool]\tnoun', ['Kettensäge', 'chainsaw']],
  ['Hausboot\thouse boat', ['Hausboot', 'house boat']],
  ['Hausboot', undefined],
  ['Hausboot\t', undefined],
  ['Hausboot\t42', undefined],
  ['alles ist in Ordnung\tall is well', undefined],
  [`${'x'.repeat(81)}\tx`, undefined],
])('reads %j', (line, pair) => expect(pairOf(line)).toEqual(pair));

test('searches find passages in the other language by the list, in any inflected form, until it is replaced', async () => {
  const add = 'mutation ($input: AddDocumentInput!) { addDocument(input: $input) { status } }';
  for (const [title, text] of [
    ['English', 'The chainsaw needs oil before each use.'],
    ['German', 'Das Hausboot liegt im Hafen.'],
  ])
    expect(await ada.does(add, { input: { title, text } })).toEqual({ addDocument: { status: 'INDEXED' } });
  expect(await found('Kettensaegen')).toEqual([]);
  const counts = await install('# a comment', '', 'Kettensäge\tchainsaw', 'Hausboot\thouseboat', 'nothing');
  expect(counts).toEqual({ pairs: 2, skipped: 1 });
  expect(await found('Kettensaegen')).toEqual(['English']);
  expect(await found('Where are the houseboats?')).toEqual(['German']);
  expect(await install()).toEqual({ pairs: 0, skipped: 0 });
  expect(await found('Kettensaegen')).toEqual([]);
});
