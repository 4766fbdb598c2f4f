/** Elyza: the engine's rules one by one, German and English, and hostile sentences and scripts. */
// cspell:disable
import { join } from 'node:path';
import { BilingualElyza } from './bilingual-elyza';
import { Elyza, newConversation, type ElyzaState } from './elyza';
import { parseScript } from './elyza-script';
import { loadScripts, readScript } from './scripts';
import { slipHash } from './slip-hash';

const talk = (elyza: { answer(sentence: string): string }, sentences: readonly string[]) =>
  sentences.map((sentence) => elyza.answer(sentence));

/** A script with the given rules, and what every script must have. */
const scriptOf = (rules: string) =>
  new Elyza(
    parseScript(`(HELLO) START ${rules}
    (MEMORY MY (0 = A) (0 = B) (0 = C) (0 = D)) (NONE ((0) (NONE ONE) (NONE TWO)))`),
  );

test.each([
  ['HERE', 3], // HERE was the last word of the published memory, which got the fourth transformation
  ['😂', 1], // beyond ASCII: by its bytes
])('the hash of %s', (word, hash) => {
  expect(slipHash(word, 2)).toBe(hash);
});

test('the hash of a long word is that of its last six characters', () => {
  expect(slipHash('ABCDEFHERE', 5)).toBe(slipHash('HERE', 5));
});

describe('the engine', () => {
  test('answers of a pattern come in turn', () => {
    expect(talk(scriptOf('(X ((0) (ONE) (TWO)))'), ['x', 'x', 'x'])).toEqual(['ONE', 'TWO', 'ONE']);
  });

  test('the keyword with the highest rank is tried first, then those before it', () => {
    expect(talk(scriptOf('(LOW ((0) (L))) (HIGH 5 ((0) (NEWKEY)))'), ['low high'])).toEqual(['L']);
    expect(talk(scriptOf('(LOW ((0) (L))) (HIGH 5 ((0) (H)))'), ['low high'])).toEqual(['H']);
  });

  test('the first clause with a keyword is answered; commas, periods and BUT end clauses', () => {
    const script = '(X ((0) (GOT 1)))';
    for (const sentence of ['a, x b, x c', 'a. x b. x c', 'a but x b but x c', 'a? x b! x c'])
      expect(scriptOf(script).answer(sentence)).toBe('GOT X B');
  });

  test('words are replaced before patterns are tried', () => {
    expect(scriptOf('(I = YOU ((0 YOU 0) (YES 3))) (ME = YOU)').answer('i like me')).toBe('YES LIKE YOU');
  });

  test('words in patterns can be one of several, have a tag, or be counted', () => {
    const rules = '(DAD DLIST(/FAMILY)) (X ((X (*A B) 0) (ONE OF 2)) ((X (/FAMILY)) (TAG 2)) ((X 2) (TWO 2)))';
    expect(talk(scriptOf(rules), ['x b c', 'x dad', 'x p q'])).toEqual(['ONE OF B', 'TAG DAD', 'TWO P Q']);
  });

  test('PRE rewrites the sentence for another keyword', () => {
    expect(scriptOf('(A ((0 A 0) (PRE (B 3) (=B)))) (B ((B 0) (BECAME 2)))').answer('a c')).toBe('BECAME C');
  });

  test('without a fitting pattern the machine answers by itself, and without a keyword NONE does', () => {
    expect(talk(scriptOf('(X ((X Y) (Z)))'), ['x', 'x'])).toEqual(['HMMM', 'GO ON , PLEASE']);
    expect(talk(scriptOf(''), ['q', 'q', 'q'])).toEqual(['NONE ONE', 'NONE TWO', 'NONE ONE']);
  });

  test('a memory answers every fourth sentence without keyword, the oldest first', () => {
    const elyza = scriptOf('(MY ((0) (M)))');
    expect(talk(elyza, ['my here', 'q', 'q', 'q'])).toEqual(['M', 'NONE ONE', 'D', 'NONE TWO']);
  });

  test('a conversation goes on from its state as JSON', () => {
    const script = readScript(join(__dirname, 'scripts/doctor-1966.txt'));
    const [whole, parts] = [new Elyza(script), { state: newConversation() }];
    for (const sentence of ['My dog is old.', 'Yes.', 'Hm.', 'Hm.', 'Well.', 'I am sad.']) {
      const state = JSON.parse(JSON.stringify(parts.state)) as ElyzaState;
      expect(new Elyza(script, state).answer(sentence)).toBe(whole.answer(sentence));
      parts.state = state;
    }
  });
});

describe('German and English', () => {
  test('each sentence is answered in its language', () => {
    const elyza = new BilingualElyza(loadScripts());
    expect(talk(elyza, ['Hallo!', 'Ich bin traurig.', 'I am sad.', 'Meine Mutter ist krank.', 'OK'])).toEqual([
      'Hallo! Was führt dich her?',
      'Es tut mir leid, dass du traurig bist.',
      'I am sorry to hear you are sad.',
      'Erzähl mir mehr von deiner Familie.',
      'Ich bin nicht sicher, ob ich dich ganz verstehe.',
    ]);
  });

  test('names keep their capitals, and sentences have capitals and marks', () => {
    const elyza = new BilingualElyza(loadScripts());
    expect(elyza.answer('I want to live in New York.')).toBe(
      'What would it mean to you if you got to live in New York?',
    );
  });

  test.each(['de', 'en'] as const)(
    'every link and every number of an answer in the script of %s leads somewhere',
    (language) => {
      const { rules, none } = loadScripts()[language];
      const missing: string[] = [];
      for (const { keyword, link, transformations } of [
        ...rules.values(),
        { keyword: 'NONE', link: undefined, transformations: [none] },
      ]) {
        if (link && !rules.has(link)) missing.push(`${keyword} → ${link}`);
        for (const { pattern, reassemblies } of transformations)
          for (const reassembly of reassemblies) {
            if ('keyword' in reassembly && !rules.has(reassembly.keyword))
              missing.push(`${keyword} → ${reassembly.keyword}`);
            if ('parts' in reassembly)
              missing.push(
                ...reassembly.parts
                  .filter((part) => typeof part === 'number' && part > pattern.length)
                  .map((part) => `${keyword}: ${part}`),
              );
          }
      }
      expect(missing).toEqual([]);
    },
  );
});

describe('bad input', () => {
  test.each([
    '',
    '   ',
    '....',
    ',,,',
    '🙂',
    '\0',
    '0',
    '( )',
    '=',
    'x'.repeat(1_000_000),
    'my '.repeat(200_000),
    'ß, ﬁ',
  ])('any sentence is answered (%#)', (sentence) => {
    const elyza = new BilingualElyza(loadScripts());
    for (let i = 0; i < 5; i++) expect(elyza.answer(sentence)).toMatch(/\S/);
  });

  test('a script that links in a circle is answered by NONE', () => {
    expect(scriptOf('(A ((0) (=B))) (B ((0) (=A)))').answer('a')).toBe('NONE ONE');
  });

  test.each([
    ['(HELLO)', 'A script begins with a greeting in parentheses, and START.'],
    ['(HELLO) START (NONE ((0) (A)))', 'The script has no MEMORY rule.'],
    ['(HELLO) START (MEMORY MY (0 = A))', 'MEMORY has 1 transformations instead of 4.'],
    ['(HELLO) START (A ((0) (B)', 'The script ends with 2 open parentheses.'],
    ['(HELLO) START\n)', 'Line 2 of the script closes a parenthesis that is not open.'],
    ['(HELLO) START (A ((0 (B)) (C)))', '(B) in a pattern begins neither with * nor with /.'],
    ['(HELLO) START (A X)', 'A: "X" is no rank.'],
  ])('%s is refused', (script, problem) => {
    expect(() => parseScript(script)).toThrow(problem);
  });
});
