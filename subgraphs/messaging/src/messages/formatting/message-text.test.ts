/** Markdown as HTML: rendering, and no scripts, styles or deceptive links. */
import fc from 'fast-check';
import { type DefaultTreeAdapterMap, parseFragment, serialize } from 'parse5';
import { PUBLISHED_XSS } from '../../testing/published-xss';
import { analyseText } from './message-text';
import { XSS_CORPUS } from './xss-corpus';

const htmlOf = (body: string): string => analyseText(body).html;

const HTML_NAMESPACE = 'http://www.w3.org/1999/xhtml';
const TAGS = new Set(
  'p br hr blockquote pre code em strong s a ul ol li h1 h2 h3 h4 h5 h6 table thead tbody tr th td'.split(' '),
);

type Node = DefaultTreeAdapterMap['childNode'];
type Element = DefaultTreeAdapterMap['element'];

function isHarmless(tag: string, attribute: string, value: string): boolean {
  switch (`${tag} ${attribute}`) {
    case 'a href':
      return /^(?:https?:\/\/|mailto:)/i.test(value);
    case 'a title':
      return true;
    case 'a rel':
      return value === 'nofollow noopener noreferrer';
    case 'a target':
      return value === '_blank';
    case 'ol start':
      return /^\d+$/.test(value);
    case 'code class':
      return /^language-\S+$/.test(value);
    default:
      return false;
  }
}

function dangersOf({ tagName, namespaceURI, attrs, childNodes }: Element): string[] {
  const isKnown = namespaceURI === HTML_NAMESPACE && TAGS.has(tagName);
  const names = attrs.map(({ name }) => name);
  return [
    ...(isKnown ? [] : [`<${tagName}>`]),
    ...attrs.flatMap(({ name, value }) => (isHarmless(tagName, name, value) ? [] : [`${tagName} ${name}=${value}`])),
    ...(names.includes('href') && !names.includes('rel') ? ['a without rel'] : []),
    ...childNodes.flatMap(dangersAt),
  ];
}

const dangersAt = (node: Node): string[] =>
  'tagName' in node ? dangersOf(node) : node.nodeName === '#text' ? [] : [node.nodeName];

/** Everything dangerous in a page, parsed like in a browser (by the HTML standard), also after serialising and parsing again. */
function dangersIn(html: string): string[] {
  const page = parseFragment(html);
  const again = parseFragment(serialize(page));
  return [...page.childNodes.flatMap(dangersAt), ...again.childNodes.flatMap(dangersAt)];
}

test.each([
  ['**bold** _em_ ~~gone~~', '<p><strong>bold</strong> <em>em</em> <s>gone</s></p>'],
  ['one\ntwo', '<p>one<br />\ntwo</p>'],
  [':tada: :not_an_emoji:', '<p>🎉 :not_an_emoji:</p>'],
  ['`:tada: <b>`', '<p><code>:tada: &lt;b&gt;</code></p>'],
  ['```ts\na < b\n```', '<pre><code class="language-ts">a &lt; b\n</code></pre>'],
  ['3. three', '<ol start="3">\n<li>three</li>\n</ol>'],
  ['| a |\n|---|\n| b |', expect.stringContaining('<td>b</td>')],
  ['- [x] done\n- [ ] open\n- [y] neither', '<ul>\n<li>☑ done</li>\n<li>☐ open</li>\n<li>[y] neither</li>\n</ul>'],
  ['[x] not in a list', '<p>[x] not in a list</p>'],
  ['(see www.example.org/a?b=1).', expect.stringContaining('<a href="http://www.example.org/a?b=1"')],
  ['example.org and www.x', '<p>example.org and www.x</p>'],
  ['see https://example.org', expect.stringContaining('<a href="https://example.org"')],
  ['', ''],
])('renders %j', (body, html) => {
  expect(htmlOf(body)).toEqual(html);
});

test.each(XSS_CORPUS)('lets nothing through: %j', (body) => {
  expect(dangersIn(htmlOf(body))).toEqual([]);
});

/** The places in Markdown that an attack can take. */
const PLACES: ((attack: string) => string)[] = [
  (attack) => attack,
  (attack) => `[x](${attack})`,
  (attack) => `[x](<${attack}> "${attack}")`,
  (attack) => `[x](https://ok.example '${attack}')`,
  (attack) => `<${attack}>`,
  (attack) => `![${attack}](${attack})`,
  (attack) => `[a]: ${attack} "${attack}"\n\n[a]`,
  (attack) => `\`\`\`${attack}\n${attack}\n\`\`\``,
  (attack) => `https://ok.example/${attack}`,
  (attack) => `| ${attack} | \`${attack}\` |\n|---|---|\n| **${attack}** | :tada:${attack} |`,
];

test.each(Object.entries(PUBLISHED_XSS))(
  'lets nothing of the attacks of %s through, wherever they stand',
  (_of, attacks) => {
    expect(attacks.length).toBeGreaterThan(50);
    const through = attacks.flatMap((attack) =>
      PLACES.flatMap((place) => {
        const dangers = dangersIn(htmlOf(place(attack)));
        return dangers.length > 0 ? [{ body: place(attack), dangers }] : [];
      }),
    );
    expect(through).toEqual([]);
  },
);

test.each([
  '<script>',
  '<p onclick="x">',
  '<p style="x">',
  '<a href="javascript:x" rel="nofollow noopener noreferrer">',
  '<a href="//evil.example" rel="nofollow noopener noreferrer">',
  '<img src="x">',
  '<a href="https://x">',
  '<a href="https://x" rel="opener">',
  '<svg><a>x</a></svg>',
  '<math>',
  '<!-- x -->',
  '<?x?>',
])('the detector reports %s', (html) => expect(dangersIn(html)).not.toEqual([]));

test('lets no combination of dangerous pieces through', () => {
  const piece = fc.oneof(
    fc.constantFrom(...XSS_CORPUS, ...Object.values(PUBLISHED_XSS).flat()),
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
      expect(dangersIn(htmlOf(pieces.join('')))).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

test('deep and long texts neither throw nor nest without limit', () => {
  for (const body of [
    '>'.repeat(10_000),
    '['.repeat(10_000),
    '*'.repeat(16_000),
    '- '.repeat(5000),
    '`'.repeat(16_000),
  ]) {
    const depth = (htmlOf(body).match(/<blockquote>|<ul>/g) ?? []).length;
    expect(depth).toBeLessThan(50);
  }
});
