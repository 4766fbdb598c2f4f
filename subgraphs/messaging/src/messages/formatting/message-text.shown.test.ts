/** The text that a message's HTML shows, and the author's own words in it. */
// cspell:ignore Straße
import fc from 'fast-check';
import { parseFragment, type DefaultTreeAdapterMap } from 'parse5';
import { analyseText, GAP, plainText } from './message-text';
import { markdown } from './markdown.parser';
import { safeHtml } from './safe-html';

test.each([
  ['a **b** _c_', 'a b c', 'a b c'],
  ['a `b` c', 'a b c', `a ${GAP} c`],
  ['see https://a.example/x now', 'see https://a.example/x now', `see ${GAP} now`],
  ['[text](https://a.example)', 'text', 'text'],
  ['\\@a &amp; &#64;b', '@a & @b', `${GAP}a & @b`],
  ['a\nb', 'a\nb', 'a\nb'],
  [':tada:', '🎉', '🎉'],
])('%j', (body, shown, said) => {
  const text = analyseText(body);
  expect(text.shown.split(GAP).join('')).toBe(shown);
  expect(text.said.slice(0, -1).replace(/\uFFFC+/g, GAP)).toBe(said);
});

type Node = DefaultTreeAdapterMap['childNode'];
const textIn = (node: Node): string =>
  'value' in node ? node.value : 'childNodes' in node ? node.childNodes.map(textIn).join('') : '';
const letters = (text: string) => text.replace(/[\s\uFFFC]/g, '');

const PIECES = [
  'a',
  '@bob',
  '**',
  '_',
  '`',
  '~~',
  '\n',
  '\n\n',
  '    ',
  '> ',
  '- ',
  '[',
  '](https://a.example)',
  '<',
  '>',
];
const MORE = [
  '&amp;',
  '&#64;',
  '\\',
  '|',
  '|---|\n',
  '```\n',
  ':tada:',
  'https://b.example/@x',
  'www.c.example',
  '- [x] ',
];

test('equals the text of the HTML for any Markdown', () => {
  const piece = fc.oneof(fc.constantFrom(...PIECES, ...MORE), fc.string({ unit: 'grapheme', maxLength: 4 }));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const { html, shown } = analyseText(pieces.join(''));
      expect(letters(shown)).toBe(letters(parseFragment(html).childNodes.map(textIn).join('')));
    }),
    { numRuns: 1000 },
  );
});

test('the shortcut for plain text equals the result of the parser', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'word',
      'Straße',
      'a.b',
      '1',
      '2.',
      ' ',
      '. ',
      ', ',
      '-',
      ' - ',
      '/',
      '"',
      "'",
      '!',
      '?',
      '…',
      '🎉',
      'e\u0301',
      'www',
      'www.a.bc',
    ),
    fc.string({ unit: 'grapheme', maxLength: 3 }),
  );
  let plain = 0;
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const body = pieces.join('');
      const text = plainText(body);
      if (!text) return;
      plain++;
      expect(text.html).toBe(safeHtml(markdown.render(body)));
      expect(text.shown).toBe(body);
    }),
    { numRuns: 3000 },
  );
  expect(plain).toBeGreaterThan(300);
});

test('the HTML of a wide table stays proportional to its text, and no text is lost', () => {
  const wide = `${'a|'.repeat(125)}\n${'-|'.repeat(125)}\n${'|\n'.repeat(7750)}`.slice(0, 16_000);
  const { html } = analyseText(wide);
  expect(html.length).toBeLessThan(10 * wide.length);
  expect(html).toContain('a|a|a|');
  expect(analyseText('| a | b |\n|---|---|\n| 1 | 2 |\n| 3 |\n').html).toContain('<td>3</td>\n<td></td>');
});
