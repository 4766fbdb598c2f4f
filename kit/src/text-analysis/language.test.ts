/** German and English texts, and texts without a language. */
// cspell:disable
import { languageOf } from './language';

test.each([
  ['Ich bin nicht sicher, ob das stimmt.', 'de'],
  ['Schöne Grüße', 'de'],
  ['Das Meeting ist um zehn, please join', 'de'],
  ['I am not sure that this is right.', 'en'],
  ["They're always bugging us about something.", 'en'],
  ['Where is the OPS-4712 ticket?', 'en'],
  ['4711', undefined],
  ['🙂🙂', undefined],
  ['Köln is in Germany and it is on the Rhine', 'en'],
])('%s', (text, language) => {
  expect(languageOf(text)).toBe(language);
});
