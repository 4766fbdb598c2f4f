/** The register has every reader of clients' text, and every regular expression takes linear time. */
import { checkSync } from 'recheck';
import { OTHERS, READERS } from './register';
import { findReaders } from './sources';

const found = findReaders();

test('the search finds expressions and files', () => {
  expect(found.expressions.length).toBeGreaterThan(100);
  expect([...found.files]).toContain('subgraphs/messaging/src/messages/formatting/markdown.parser.ts');
  expect([...found.files]).toContain('kit/src/bounded-json.ts');
});

test('every file that composes expressions or calls a parser is in the register', () => {
  const known = new Set([...Object.keys(READERS), ...Object.keys(OTHERS)]);
  expect([...found.files].filter((file) => !known.has(file))).toEqual([]);
});

/** The checker confirms an attack by its time, so on a busy machine it reports safe expressions now and then. */
function statusOf(source: string, flags: string): string {
  const check = () => checkSync(source, flags, { timeout: 5000 }).status;
  const status = check();
  return status === 'vulnerable' ? check() : status;
}

test('every regular expression takes linear time', () => {
  const slow = found.expressions.flatMap(({ file, source, flags }) => {
    const expression = `/${source}/${flags}`;
    const status = statusOf(source, flags);
    // The checker cannot read the v flag; a file with such an expression must be in the register.
    const isKnown = status === 'safe' || (status === 'unknown' && (flags.includes('v') ? file in READERS : true));
    return isKnown ? [] : [`${file}: ${expression} ${status}`];
  });
  expect(slow).toEqual([]);
});

test.each(['<((?:https?:)[^|>\\s]+)\\|([^>]+)>', '[._-]+$', '(a+)+$', '\\s+$'])('the checker reports /%s/', (source) =>
  expect(checkSync(source, 'g').status).toBe('vulnerable'),
);
