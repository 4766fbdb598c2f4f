/** Markdown as HTML: what it shows, and that nothing which runs, styles or leads astray survives. */
import fc from 'fast-check';
import { Parser } from 'htmlparser2';
import { renderMarkdown } from './markdown';
import { XSS_CORPUS } from './xss-corpus';

const TAGS = new Set(
  'p br hr blockquote pre code em strong s a ul ol li h1 h2 h3 h4 h5 h6 table thead tbody tr th td'.split(' '),
);

/** Everything in a page that is not harmless, as a browser would read it. */
function dangersIn(html: string): string[] {
  const dangers: string[] = [];
  const parser = new Parser(
    {
      onopentag(name, attributes) {
        if (!TAGS.has(name)) dangers.push(`<${name}>`);
        for (const [attribute, value] of Object.entries(attributes)) {
          const isFine =
            (name === 'a' && attribute === 'href' && /^(https?:\/\/|mailto:)/i.test(value)) ||
            (name === 'a' && ['title', 'rel', 'target'].includes(attribute)) ||
            (name === 'ol' && attribute === 'start' && /^\d+$/.test(value)) ||
            (name === 'code' && attribute === 'class' && /^language-\S+$/.test(value));
          if (!isFine) dangers.push(`${name} ${attribute}=${value}`);
        }
        if (name === 'a' && attributes['href'] && !attributes['rel']?.includes('noopener'))
          dangers.push('a without rel');
      },
      oncomment: () => void dangers.push('comment'),
      onprocessinginstruction: () => void dangers.push('instruction'),
    },
    { decodeEntities: true },
  );
  parser.write(html);
  parser.end();
  return dangers;
}

test.each([
  ['**bold** _em_ ~~gone~~', '<p><strong>bold</strong> <em>em</em> <s>gone</s></p>'],
  ['one\ntwo', '<p>one<br />\ntwo</p>'],
  [':tada: :not_an_emoji:', '<p>🎉 :not_an_emoji:</p>'],
  ['`:tada: <b>`', '<p><code>:tada: &lt;b&gt;</code></p>'],
  ['```ts\na < b\n```', '<pre><code class="language-ts">a &lt; b\n</code></pre>'],
  ['3. three', '<ol start="3">\n<li>three</li>\n</ol>'],
  ['| a |\n|---|\n| b |', expect.stringContaining('<td>b</td>')],
  ['see https://example.org', expect.stringContaining('<a href="https://example.org"')],
  ['', ''],
])('renders %j', (body, html) => {
  expect(renderMarkdown(body)).toEqual(html);
});

test.each(XSS_CORPUS)('lets nothing through: %j', (body) => {
  expect(dangersIn(renderMarkdown(body))).toEqual([]);
});

test('the detector of dangers is not blind', () => {
  for (const html of [
    '<script>',
    '<p onclick="x">',
    '<a href="javascript:x">',
    '<img src="x">',
    '<a href="https://x">',
  ])
    expect(dangersIn(html)).not.toEqual([]);
});

test('lets nothing through, whatever is put together from dangerous pieces', () => {
  const piece = fc.oneof(
    fc.constantFrom(...XSS_CORPUS),
    fc.constantFrom(
      '<',
      '>',
      '"',
      "'",
      '`',
      '```\n',
      '[',
      ']',
      '](',
      ')',
      '!',
      '\n',
      '\n\n',
      '|',
      '&',
      '#',
      ';',
      '\\',
      ':',
      '  ',
    ),
    fc.string({ unit: 'binary', maxLength: 8 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      expect(dangersIn(renderMarkdown(pieces.join('')))).toEqual([]);
    }),
    { numRuns: 1000 },
  );
});

test('deep and long texts neither throw nor nest without end', () => {
  for (const body of [
    '>'.repeat(10_000),
    '['.repeat(10_000),
    '*'.repeat(16_000),
    '- '.repeat(5000),
    '`'.repeat(16_000),
  ]) {
    const depth = (renderMarkdown(body).match(/<blockquote>|<ul>/g) ?? []).length;
    expect(depth).toBeLessThan(50);
  }
});
