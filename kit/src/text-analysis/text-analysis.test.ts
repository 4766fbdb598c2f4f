/** The text analysis without a database: tokens and offsets, lexemes and weights, queries, excerpts. */
// cspell:disable
import fc from 'fast-check';
import { excerptOf } from './excerpt';
import { isStopWord } from './stop-words';
import { textDocument } from './text-document';
import { compileAlternative, parseAlternatives, tsqueryOf } from './text-query';
import { tokenise } from './tokens';
import { piecesOf } from './typed-query';
import { wordForms } from './word-forms';

const queryOf = (typed: string) => tsqueryOf(parseAlternatives(piecesOf(typed)).map(compileAlternative));
const tokensOf = (text: string) => tokenise(text).map(({ start, end, position }) => [text.slice(start, end), position]);

test.each([
  ['Häuser', { forms: ['hauser', 'haeuser'], german: 'haus', english: 'hauser' }],
  ['Haeuser', { forms: ['haeuser'], german: 'haus', english: 'haeuser' }],
  ['running', { forms: ['running'], german: 'running', english: 'run' }],
  ['Ko\u0308ln', { forms: ['koln', 'koeln'], german: 'koln', english: 'koln' }],
  ['STRASSE', { forms: ['strasse'], german: 'strass', english: 'strass' }],
  ['Straße', { forms: ['strasse'], german: 'strass', english: 'strass' }],
  ['neue', { forms: ['neue'], german: 'neu', english: 'neue' }],
  ['wechseln', { forms: ['wechseln'], german: 'wechsel' }],
  ['für', { forms: ['fur', 'fuer'], german: undefined, english: undefined, isStop: true }],
  ['fuer', { forms: ['fuer'], isStop: true }],
  ['fur', { forms: ['fur'], isStop: false }],
  ['ﬁ', { forms: ['fi'] }],
  ['弱', { forms: ['弱'], german: undefined }],
])('the forms of %j', (word, forms) => expect(wordForms(word)).toMatchObject(forms));

test('knows the stop words of both languages', () => {
  expect(['the', 'und', 'was', 'können', 'koennen'].every(isStopWord)).toBe(true);
  expect(['wombat', 'fur', ''].some(isStopWord)).toBe(false);
});

test.each([
  [
    'MyButton x',
    [
      ['My', 1],
      ['Button', 2],
      ['MyButton', 1],
      ['x', 3],
    ],
  ],
  [
    'a@b.c',
    [
      ['a', 1],
      ['b', 2],
      ['c', 3],
      ['b.c', 2],
    ],
  ],
  [
    'iPhone15',
    [
      ['i', 1],
      ['Phone', 2],
      ['15', 3],
      ['iPhone15', 1],
      ['iPhone', 1],
    ],
  ],
  [
    'Emu🎉…',
    [
      ['Emu', 1],
      ['🎉', 2],
    ],
  ],
  [
    '大学x',
    [
      ['大', 1],
      ['学', 2],
      ['x', 3],
    ],
  ],
  [
    '한\u1112\u1161\u11ab',
    [
      ['한', 1],
      ['\u1112\u1161\u11ab', 2],
    ],
  ],
])('the tokens of %j', (text, tokens) => expect(tokensOf(text)).toEqual(tokens));

test('a document separates forms from stems, and German from English', () => {
  expect(textDocument('Häuser running the Straße')).toBe(
    "'hauser':1A 'haus':1C 'haeuser':1A 'run':2D 'running':2A 'the':3A 'strass':4B 'strasse':4A",
  );
  expect(textDocument("it's a\\b 'c")).toContain("'c'");
  expect(textDocument('')).toBe('');
});

test.each([
  ['run', "((('run':ABCD)))"],
  ['the run', "((('run':ABCD)))"],
  ['the', "((('the':A)))"],
  ['“the key”', "((('the':A) <1> ('key':A)))"],
  ['OPS-42 -x', "(((('ops':ABC | 'op':ABD) <1> ('42':A)) | ('ops42':A)) & !(('x':A)))"],
  ['大学生 or 猫', "((('大学':A) <1> ('学生':A))) | ((('猫':*A)))"],
  ['"大学 x"', "((('大学':A) <2> ('x':A)))"],
  ['--force', "((('forc':ABCD | 'force':A)))"],
  ['!!! „“', ''],
])('the query for %j', (typed, query) => {
  const sorted = (text: string) =>
    text.replace(/\(([^()]*\|[^()]*)\)/g, (_, all: string) => `(${all.split(' | ').sort().join(' | ')})`);
  expect(sorted(queryOf(typed))).toBe(sorted(query));
});

test('the pieces of an excerpt add up to the original text', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('Ko\u0308ln ', 'MyButton', '大', '👩‍👩‍👧', '\ud83d', ' ', '-', 'the ', '\n', '<b>'), {
        maxLength: 20,
      }),
      (pieces) => {
        const text = pieces.join('');
        const terms = compileAlternative(parseAlternatives(['Köln', 'button', '大'])[0]!).terms;
        expect(
          excerptOf({ text, terms })
            .flat()
            .map((piece) => piece.text)
            .join(''),
        ).toBe(text);
      },
    ),
  );
});

test('tokens lie within the text, in order, and never split a character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
      let position = 0;
      for (const token of tokenise(text)) {
        expect(token.start).toBeLessThan(token.end);
        expect(text.slice(token.start, token.end).isWellFormed()).toBe(true);
        if (token.kind !== 'joined') expect(token.position).toBe(++position);
      }
      expect(textDocument(text).isWellFormed()).toBe(true);
    }),
  );
});

test('a text that needs no word breaker has the same tokens', () => {
  const pieces = ['Häuser', 'MyButton', 'e', '15', 'OPS', ' ', '\n', '-', '.', ',', ':', '"', '!', '(', "'", '_'];
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...pieces), maxLength: 12 }), (text) => {
      // The breaker reads the emoji, and so the whole text.
      expect(tokenise(text)).toEqual(tokenise(`${text} 👩`).slice(0, -1));
    }),
  );
});

test('long words and expanding characters stay within the limits of an index', () => {
  for (const text of ['x'.repeat(16_000), '\u{1d518}'.repeat(8000), '\ufdfa'.repeat(16_000), '👩\u200d'.repeat(5000)]) {
    const lexemes = textDocument(text).match(/'[^']*'/g)!;
    expect(Math.max(...lexemes.map((lexeme) => Buffer.byteLength(lexeme)))).toBeLessThan(2046);
    expect(Buffer.byteLength(textDocument(text))).toBeLessThan(1_000_000);
  }
});
