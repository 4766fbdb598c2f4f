/** What counts as text that a person may send. */
// cspell:words خواهم
import { opaqueProblem, textArgument, textProblem } from './text';

test.each([
  ['', 'must not be empty'],
  [' \n\t ', 'must not have control characters'],
  ['   ', 'must not be empty'],
  ['\u200b\u200d', 'must not be empty'],
  ['a\u0000b', 'must not have control characters'],
  ['\ud800', 'must be well-formed Unicode (it has a lone surrogate)'],
  ['abcdef', 'must have at most 5 characters'],
  [7, 'must be text'],
])('%j %s', (value, problem) => expect(textProblem(value, { max: 5 })).toBe(problem));

const one = (value: string) => textProblem(value, { max: 50 });
const many = (value: string) => textProblem(value, { max: 50, multiline: true });

test.each([
  ...[
    '\u3164',
    '\u2800',
    '\u034f',
    '\ufe0f',
    '\u200b',
    '\u2060',
    '\u00ad',
    '\u115f',
    '\u1160',
    '\uffa0',
    '\u180e',
    '\ufeff',
  ],
  ...[
    '\u00a0',
    '\u3000',
    '\u0301',
    '\u20dd',
    '\u{e0001}',
    '\u{e0100}',
    '\u17b4',
    '\u{1d159}',
    '\ufffc',
    '\ue000',
    '\uffff',
    '\u{13441}',
  ],
])('%j alone shows nothing', (character) => {
  for (const text of [character, ` ${character} `, character.repeat(3), `\u3164${character}`])
    expect([one(text), many(text)]).toEqual(['must not be empty', 'must not be empty']);
  expect([one(`a${character}`), many(`${character}a`)]).toEqual([undefined, undefined]);
  expect(textProblem(character, { min: 0, max: 5 })).toBeUndefined();
});

test.each([
  '\u202a',
  '\u202b',
  '\u202c',
  '\u202d',
  '\u202e',
  '\u2066',
  '\u2067',
  '\u2068',
  '\u2069',
  '\u200e',
  '\u200f',
  '\u061c',
])('one line has no bidirectional control %j', (character) => {
  expect(one(`a${character}b`)).toMatch(/^must not have bidirectional/);
  expect(one(character)).toMatch(/^must not have bidirectional/);
});

test('text of several lines may have the marks of right-to-left scripts, and no overrides', () => {
  expect(['a\u200fb', 'a\u2067b\u2069', 'a\u2028b'].map(many)).toEqual([undefined, undefined, undefined]);
  expect(['a\u202eb', 'a\u202db'].map(many)).toEqual(
    Array(2).fill('must not have bidirectional overrides (U+202D, U+202E)'),
  );
});

test.each(['a\u2028b', 'a\u2029b'])('%j is no single line', (text) => {
  expect(one(text)).toBe('must be one line (it has U+2028 or U+2029)');
});

test.each([
  'Zoë',
  '👩\u200d👩\u200d👧',
  '❤\ufe0f',
  '1\ufe0f\u20e3',
  '🏴\u{e0067}\u{e0062}\u{e007f}',
  'می\u200cخواهم',
  'क्\u200dष',
  '한글',
  '…',
  '𝕏',
  'שלום',
])('%j is a name', (name) => expect(one(name)).toBeUndefined());

test('what is never shown may have anything but half characters and nulls', () => {
  expect([opaqueProblem('\u202e\n\u3164'), opaqueProblem('')]).toEqual([undefined, undefined]);
  expect(opaqueProblem('a\0')).toBe('must not have control characters');
  expect(opaqueProblem('\ud800')).toMatch(/^must be well-formed/);
  expect(opaqueProblem('abc', { max: 2 })).toBe('must have at most 2 characters');
  expect(opaqueProblem(7)).toBe('must be text');
});

test('the rule of an argument names it, looks at each of a list, and lets absent ones pass', () => {
  const check = textArgument('words', { max: 5 });
  expect(() => check(['a', '\u3164'])).toThrow(
    expect.objectContaining({ extensions: expect.objectContaining({ fields: { words: 'words must not be empty.' } }) }),
  );
  expect([check(null), check(undefined), check('a')]).toEqual([undefined, undefined, undefined]);
});

test('counts code points, and allows line breaks only where they belong', () => {
  expect(textProblem('😀😀😀😀😀', { max: 5 })).toBeUndefined();
  expect(textProblem('a\nb', { max: 5 })).toBe('must not have control characters');
  expect(textProblem('a\nb', { max: 5, multiline: true })).toBeUndefined();
});
