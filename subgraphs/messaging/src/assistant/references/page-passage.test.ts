/** The passage of a page: the paragraph about the topic, without code, tables and images, and never longer than a short answer. */
import { passageAbout } from './page-passage';

const PAGE = `# Canteen

![the canteen](canteen.png)

The canteen is on the third floor.

\`\`\`sh
curl opening hours
\`\`\`

## Opening hours

| Monday | Tuesday |
| ------ | ------- |

It opens at noon and closes at two.

## Payment
By card only.
`;

test.each([
  [['canteen'], 'The canteen is on the third floor.'],
  [['opening'], 'It opens at noon and closes at two.'],
  [['pay', 'card'], 'By card only.'],
  [['unknown'], 'The canteen is on the third floor.'],
  [[], 'The canteen is on the third floor.'],
])('about %j', (words, passage) => {
  expect(passageAbout(PAGE, words)).toBe(passage);
});

test.each(['', '# Only a heading', '```\ncode', '\n\n'])('%j has none', (body) => {
  expect(passageAbout(body, ['code'])).toBe('');
});

test('ends after a sentence or a word, and never in a character', () => {
  expect(passageAbout('One sentence here. '.repeat(100), ['one'])).toMatch(
    /^(?:One sentence here\. )*One sentence here\.$/,
  );
  const long = passageAbout('word '.repeat(1000), []);
  expect(long.length).toBeLessThan(610);
  expect(long).toMatch(/word…$/);
  expect(passageAbout('👩🏽'.repeat(5000), []).isWellFormed()).toBe(true);
  expect(passageAbout('x'.repeat(1_000_000), []).length).toBeLessThan(610);
});
