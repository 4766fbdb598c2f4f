/** Text rules: length, control and bidirectional characters, visibility, invisible characters in one line. */
// cspell:words خواهم خانه virama sinhala chillu phalaa keycaps ភាសា ខ្មែរ
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
])('%j alone counts as empty', (character) => {
  for (const text of [character, ` ${character} `, character.repeat(3), `\u3164${character}`])
    expect([one(text), many(text)]).toEqual(['must not be empty', 'must not be empty']);
  expect(many(`${character}a`)).toBeUndefined();
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
])('one line must not have the bidirectional control %j', (character) => {
  expect(one(`a${character}b`)).toMatch(/^must not have bidirectional/);
  expect(one(character)).toMatch(/^must not have bidirectional/);
});

test('several lines may have bidirectional marks, but no overrides', () => {
  expect(['a\u200fb', 'a\u2067b\u2069', 'a\u2028b'].map(many)).toEqual([undefined, undefined, undefined]);
  expect(['a\u202eb', 'a\u202db'].map(many)).toEqual(
    Array(2).fill('must not have bidirectional overrides (U+202D, U+202E)'),
  );
});

test.each(['a\u2028b', 'a\u2029b'])('%j is not one line', (text) => {
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

/** Default-ignorable characters of every kind: spaces, joiners, fillers, hyphens, selectors, tags, operators. */
const INVISIBLE = [
  ...[
    '\u00ad',
    '\u034f',
    '\u115f',
    '\u1160',
    '\u17b4',
    '\u17b5',
    '\u180b',
    '\u180e',
    '\u200b',
    '\u200c',
    '\u200d',
    '\u2060',
  ],
  ...[
    '\u2061',
    '\u2064',
    '\u206a',
    '\u3164',
    '\ufe00',
    '\ufe0e',
    '\ufe0f',
    '\ufeff',
    '\uffa0',
    '\ufff0',
    '\u{1bca0}',
    '\u{1d173}',
  ],
  ...['\u{e0001}', '\u{e0041}', '\u{e007f}', '\u{e0100}', '\u{e0fff}'],
];

test.each(INVISIBLE)('one line must not have the invisible character %j', (character) => {
  for (const name of ['ad|min', '|admin', 'admin|', 'ad||min', '1|', '한|글', 'Ä|ö', 'a|\u0301b', '🎉|a|', 'ด|ด'])
    expect(one(name.replaceAll('|', character))).toMatch(/^must not have invisible characters \(U\+/);
  expect(many(`ad${character}min`)).toBeUndefined();
  expect(textProblem(`ad${character}min`, { max: 50, isSearch: true })).toBeUndefined();
});

test('the problem names the first invisible character', () => {
  expect(one('ad\u200bmin\u00ad')).toBe('must not have invisible characters (U+200B)');
  expect(one('a\u{e0041}')).toBe('must not have invisible characters (U+E0041)');
});

test.each([
  ['a Persian plural', 'خانه\u200cها'],
  ['a non-joiner behind a vowel mark', 'هِ\u200cم'],
  ['an Arabic letter in its initial form', 'ه\u200d'],
  ['a Devanagari half letter', 'र्\u200d'],
  ['a Devanagari explicit virama', 'क्\u200cष'],
  ['a Sinhala conjunct', 'ශ්\u200dරී'],
  ['a Malayalam chillu', 'ന്\u200d'],
  ['a Bengali ya-phalaa', 'র\u200d্যাব'],
  ['a Khmer phrase', 'ភាសា\u200bខ្មែរ'],
  ['a Mongolian variant', 'ᠨ\u180b'],
  ['a Japanese name', '葛\u{e0100}飾'],
  ['a family', '👨\u200d👩\u200d👧 Lee'],
  ['a skin tone', '👩🏽\u200d💻'],
  ['a selector within a sequence', '🏳\ufe0f\u200d🌈'],
  ['a heart', '❤\ufe0f\u200d🔥'],
  ['a text style', '☎\ufe0e'],
  ['keycaps', '#\ufe0f\u20e31\ufe0f\u20e3'],
  ['Scotland', '🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}'],
])('%s keeps the invisible characters that it needs', (_name, text) => expect(one(text)).toBeUndefined());

test.each([
  ['a non-joiner behind a letter that joins nothing', 'ا\u200cب'],
  ['a joiner between letters that join anyway', 'م\u200dح'],
  ['a non-joiner between Latin letters', 'ad\u200cmin'],
  ['a joiner behind an Indic letter without a virama', 'क\u200dष'],
  ['a joiner at the end of an emoji', '👩\u200d'],
  ['a second joiner', '👩\u200d\u200d👧'],
  ['a second selector', '❤\ufe0f\ufe0f'],
  ['a selector behind a letter', 'a\ufe0f'],
  ['a selector behind a digit', '1\ufe0f'],
  ['tags behind another emoji', '🎉\u{e0067}\u{e007f}'],
  ['tags without an end', '🏴\u{e0067}'],
  ['a zero-width space between Thai letters', 'ก\u200bข'],
])('%s is refused', (_name, text) => expect(one(text)).toMatch(/^must not have invisible characters/));

test('opaque text may have any character except lone surrogates and nulls', () => {
  expect([opaqueProblem('\u202e\n\u3164'), opaqueProblem('')]).toEqual([undefined, undefined]);
  expect(opaqueProblem('a\0')).toBe('must not have control characters');
  expect(opaqueProblem('\ud800')).toMatch(/^must be well-formed/);
  expect(opaqueProblem('abc', { max: 2 })).toBe('must have at most 2 characters');
  expect(opaqueProblem(7)).toBe('must be text');
});

test('an argument rule names the argument, checks each item of a list, and accepts null and undefined', () => {
  const check = textArgument('words', { max: 5 });
  expect(() => check(['a', '\u3164'])).toThrow(
    expect.objectContaining({ extensions: expect.objectContaining({ fields: { words: 'words must not be empty.' } }) }),
  );
  expect([check(null), check(undefined), check('a')]).toEqual([undefined, undefined, undefined]);
});

test('length counts code points, and only several lines may have line breaks', () => {
  expect(textProblem('😀😀😀😀😀', { max: 5 })).toBeUndefined();
  expect(textProblem('a\nb', { max: 5 })).toBe('must not have control characters');
  expect(textProblem('a\nb', { max: 5, multiline: true })).toBeUndefined();
});
