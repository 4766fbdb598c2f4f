/** Inflected forms, spellings and compounds that lead to a term. */
// cspell:words arbeit Arbeiten baeuerin HÄUSERN austrocknen Straße Kasse Frage Antwort fahrgastzahlen zahl fahrgast arbeitsplätze platz arbeitet arbeitete abödet aböden anhang anhängerinnen bäuerin bäuerinnen haeusern austrocknet alles allem nichts kassen
import { findsTerm } from './term.keys';
import { splitsOf } from './term.compounds';

test.each([
  ['de', ['arbeit', 'arbeitet', 'arbeitete', 'Arbeiten']],
  ['de', ['aböden', 'abödet']],
  ['de', ['anhang', 'anhängerinnen']],
  ['de', ['bau', 'bäuerin', 'bäuerinnen', 'baeuerin']],
  ['de', ['Haus', 'Häuser', 'haeusern', 'HÄUSERN']],
  ['de', ['austrocknen', 'austrocknet']],
  ['de', ['all', 'alles', 'allem']],
  ['de', ['Straße', 'Strassen', 'STRASSE']],
  ['de', ['E-Mail', 'Email', 'e-mails']],
  ['de', ['Café', 'Cafés', 'Cafes']],
  ['en', ['interfere', 'interfered', 'interfering']],
  ['en', ['do', 'doing']],
  ['en', ['there', "there's"]],
  ['en', ['archaeological', 'archaeologists']],
])('%s: each of %j finds the others', (locale, words) => {
  for (const term of words)
    for (const word of words) expect([term, word, findsTerm(word, term, locale)]).toEqual([term, word, true]);
});

test.each([
  ['de', 'Kasse', 'Kassel'],
  ['de', 'Frage und Antwort', 'Frage oder Antwort'],
  ['en', 'universe', 'college'],
])('%s: %s is not found by %s', (locale, term, word) => expect(findsTerm(word, term, locale)).toBe(false));

test('a compound is split at linking letters; short and long words are not', () => {
  expect(splitsOf('fahrgastzahlen')).toContainEqual({ tail: 'zahl', heads: ['fahrgast'] });
  expect(splitsOf('arbeitsplätze')).toContainEqual({ tail: 'platz', heads: expect.arrayContaining(['arbeit']) });
  for (const word of ['haus', 'a'.repeat(61), 'e mail']) expect(splitsOf(word)).toEqual([]);
});
