/** Published collections of attacks: the test data of sanitisers, and the big list of naughty strings. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const fileOf = (name: string, path: string): string =>
  readFileSync(join(dirname(require.resolve(`${name}/package.json`)), path), 'utf8');

/** The fuzzing seed of Yahoo's sanitiser: the filter evasion cheat sheet, one attack per line. */
const evasions = fileOf('xss-filters', 'tests/fuzz/bin/seed.xss').split('\n');

/** All strings in the tests of Braintree's URL sanitiser. */
const urls = [
  ...fileOf('@braintree/sanitize-url', 'src/__tests__/index.test.ts').matchAll(/(["'`])((?:\\.|(?!\1)[^\\])*)\1/g),
].map(([, , literal]) => unescaped(literal!));

const naughty = JSON.parse(fileOf('big-list-of-naughty-strings', 'blns.json')) as string[];

/** Unescapes a JavaScript string literal; an unknown escape stands for its character. */
function unescaped(literal: string): string {
  return literal.replace(
    /\\(?:u([\da-f]{4})|x([\da-f]{2})|([^]))/gi,
    (_all, u?: string, x?: string, other?: string) => {
      if (other === undefined) return String.fromCharCode(parseInt((u ?? x)!, 16));
      return { n: '\n', r: '\r', t: '\t', 0: '\0' }[other] ?? other;
    },
  );
}

/** Distinct attacks by package. */
export const PUBLISHED_XSS: Record<string, readonly string[]> = {
  'xss-filters': distinct(evasions),
  '@braintree/sanitize-url': distinct(urls),
  'big-list-of-naughty-strings': distinct(naughty),
};

function distinct(attacks: readonly string[]): string[] {
  return [...new Set(attacks)].filter((attack) => attack.trim() !== '');
}
