/** Filtered words in what readers are shown. */
// cspell:ignore libet uodlibet quodlibe aquodlibet nlibet straße οδος ΟΔΟΣ ｑｕｏｄｌｉｂｅｔ quodlibets
import { analyseText } from './formatting/message-text';
import { checkFilteredWords, filterKey } from './word-filter';

let version = 0;

const isRefused = (body: string, ...words: string[]): boolean => {
  const filter = { id: 'channel', filterVersion: version++, filteredWords: words.map(filterKey) };
  try {
    checkFilteredWords(analyseText(body).shown, filter);
    return false;
  } catch {
    return true;
  }
};

test.each([
  'quodlibet',
  'QUODLIBET!',
  '**quod**libet',
  'quod_libet_ quod*libet*',
  'q<!-- -->uodlibet quodlibe&#116;',
  '&#113;uodlibet',
  '&#x71;uodlibet',
  'quod\u200Blibet',
  'quod\u00ADlibet',
  'quod\u2060libet',
  'quod\u034Flibet',
  'quod\uFE0Flibet',
  'quod\u180Elibet',
  'quod\u3164libet',
  '\\quod\\libet quod\\_ quod&shy;libet',
  '`quodlibet`',
  '```\nquodlibet\n```',
  '    quodlibet',
  '[quodlibet](https://a.example)',
  'https://a.example/quodlibet',
  '| quodlibet |\n|---|',
  'ｑｕｏｄｌｉｂｅｔ',
  '_quodlibet_',
  '请quodlibet看看',
  '<b>quodlibet</b>',
  '~~quod~~libet',
])('%j is shown as quodlibet', (body) => expect(isRefused(body, 'Quodlibet')).toBe(true));

test.each([
  'quodlibets',
  'aquodlibet',
  'quod libet',
  'quod\n\nlibet',
  '[x](https://a.example/quodlibet)',
  'quodlibet1',
])('%j is not', (body) => expect(isRefused(body, 'quodlibet')).toBe(false));

test.each(['foo  bar', 'foo\tbar', 'foo\nbar', 'foo&nbsp;bar', 'foo **bar**', 'Foo \u200B bar'])(
  '%j is shown as two words with a space between them',
  (body) => expect(isRefused(body, 'foo bar')).toBe(true),
);

test('compares words of every script and sign', () => {
  expect(isRefused('你说坏话吗', '坏话')).toBe(true);
  expect(isRefused('STRASSE', 'straße')).toBe(true);
  expect(isRefused('Cafe\u0301!', 'café')).toBe(true);
  expect(isRefused('Cafes', 'café')).toBe(false);
  expect(isRefused('costs 5$$$', '$$$')).toBe(true);
  expect(isRefused('ΟΔΟΣ', 'οδος')).toBe(true);
  expect(isRefused('anything', '\u200B')).toBe(false);
});

test('names the word as the moderators wrote it', () => {
  const filter = { id: 'c', filterVersion: version++, filteredWords: ['other', 'straße'] };
  expect(() => checkFilteredWords('die STRASSE', filter)).toThrow(/: straße$/);
});
