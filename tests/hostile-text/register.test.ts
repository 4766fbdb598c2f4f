/** Nothing that looks through text of clients is forgotten, and no regular expression takes more than linear time. */
import { checkSync } from 'recheck';
import { OTHERS, READERS } from './register';
import { findReaders } from './sources';

const found = findReaders();

/** Expressions that are not linear, and why no client can make them slow. */
const BOUNDED: Readonly<Record<string, string>> = {
  '/(?:-?(?:[a-z]+:)?"[^"]*"|\\S)+/gi': 'a search has 500 characters at most',
};

test('finds what it should', () => {
  expect(found.expressions.length).toBeGreaterThan(100);
  expect([...found.files]).toContain('subgraphs/messaging/src/messages/formatting/markdown.parser.ts');
  expect([...found.files]).toContain('kit/src/bounded-json.ts');
});

test('every file that puts expressions together or parses text is in the register', () => {
  const known = new Set([...Object.keys(READERS), ...Object.keys(OTHERS)]);
  expect([...found.files].filter((file) => !known.has(file))).toEqual([]);
});

test('every expression that can be read takes linear time, or reads bounded text', () => {
  const slow = found.expressions.flatMap(({ file, source, flags }) => {
    const expression = `/${source}/${flags}`;
    const { status } = checkSync(source, flags, { timeout: 5000 });
    // What the checker cannot read is in a file that the register has to have.
    const isKnown =
      status === 'safe' ||
      expression in BOUNDED ||
      (status === 'unknown' && (flags.includes('v') ? file in READERS : true));
    return isKnown ? [] : [`${file}: ${expression} ${status}`];
  });
  expect(slow).toEqual([]);
});

test.each(['<((?:https?:)[^|>\\s]+)\\|([^>]+)>', '[._-]+$', '(a+)+$', '\\s+$'])(
  'the checker sees that /%s/ is slow',
  (source) => expect(checkSync(source, 'g').status).toBe('vulnerable'),
);
