// cspell:disable
/** Sentiment with negation, degree and contrast, in both languages. */
import type { Language } from '@chat/kit/text-analysis/language';
import { readText } from '../text/tokens';
import { loadLexicon } from './lexicon';
import { findTerms, sentimentOf } from './sentiment';

const lexicons = { de: loadLexicon('de'), en: loadLexicon('en') };
const sentiment = (language: Language, text: string) => sentimentOf(findTerms(readText(text), lexicons[language]));

test.each([
  ['de', 'Das ist gut.'],
  ['de', 'nicht schlecht'],
  ['de', 'Gar nicht schlecht!'],
  ['de', 'kein schlechter Film'],
  ['de', 'Das ist nicht unangenehm.'],
  ['de', 'Ich bin nicht unzufrieden.'],
  ['de', 'nicht nur gut, sondern super'],
  ['de', 'Der Anfang war schlecht, aber das Ende wunderbar.'],
  ['de', 'keine Angst'],
  ['de', 'Das nervt mich überhaupt nicht.'],
  ['de', 'Das finde ich schön, nicht wahr?'],
  ['en', 'no this is great'],
  ['de', 'Das geht ohne Probleme.'],
  ['de', 'Ich habe nichts dagegen, das ist toll.'],
  ['en', 'This is good.'],
  ['en', 'not bad'],
  ['en', 'not bad at all'],
  ['en', "It isn't terrible."],
  ['en', 'not only good but great'],
  ['en', 'The start was bad, but the end was wonderful.'],
  ['en', 'no problem'],
  ['en', 'never boring'],
  ['en', "It couldn't be better."],
  ['en', 'I could not be happier.'],
  ['en', 'I have never been happier.'],
  ['de', 'Ich war noch nie so glücklich.'],
  ['de', 'Es könnte nicht besser sein.'],
] as [Language, string][])('%s: positive: %s', (language, text) => {
  expect(sentiment(language, text)).toBeGreaterThan(0.1);
});

test.each([
  ['de', 'Das ist schlecht.'],
  ['de', 'überhaupt nicht gut'],
  ['de', 'nicht besonders gut'],
  ['de', 'Ich bin nicht glücklich.'],
  ['de', 'Das gefällt mir gar nicht gut.'],
  ['de', 'Das ist alles andere als gut.'],
  ['de', 'Das Essen war gut, aber viel zu teuer.'],
  ['de', 'Das war niemals gut.'],
  ['de', 'weder schön noch nützlich'],
  ['de', 'Das gefällt mir nicht.'],
  ['de', 'Ich freue mich nicht darauf.'],
  ['de', 'unschön'],
  ['en', 'This is bad.'],
  ['en', 'not good at all'],
  ['en', 'I am not happy.'],
  ['en', "I don't like it."],
  ['en', 'hardly a success'],
  ['en', 'far from good'],
  ['en', 'anything but good'],
  ['en', "It couldn't be worse."],
  ['en', 'It was never better than bad, and never good.'],
  ['de', 'Es war noch nie so schlecht.'],
  ['de', 'Das ist nie gut.'],
  ['de', 'Das wird nie wieder gut.'],
  ['en', 'The food was good, but far too expensive.'],
  ['en', 'neither nice nor useful'],
] as [Language, string][])('%s: negative: %s', (language, text) => {
  expect(sentiment(language, text)).toBeLessThan(-0.1);
});

test.each([
  ['de', ['sehr gut', 'gut', 'ziemlich gut']],
  ['de', ['nicht schlecht', 'schlecht', 'sehr schlecht']],
  ['de', ['nicht gut', 'überhaupt nicht gut']],
  ['en', ['very good', 'good', 'slightly good']],
  ['en', ['slightly bad', 'bad', 'extremely bad']],
] as [Language, string[]][])('%s: falls along %s', (language, texts) => {
  const values = texts.map((text) => sentiment(language, text));
  expect(values).toEqual([...values].sort((a, b) => b - a));
  expect(new Set(values).size).toBe(values.length);
});

test.each([
  ['de', 'Das Treffen beginnt um drei.'],
  ['en', 'The meeting starts at three.'],
] as [Language, string][])('%s: none: %s', (language, text) => {
  expect(findTerms(readText(text), lexicons[language])).toEqual([]);
});

test('a negation ends with its clause', () => {
  expect(sentiment('en', 'No, this is great.')).toBeGreaterThan(0.1);
  expect(sentiment('de', 'Nein, nicht! Das ist toll.')).toBeGreaterThan(0.1);
});
