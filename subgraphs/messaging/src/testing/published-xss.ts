/** Attacks that others have collected, as their packages ship them: what sanitisers test themselves with, and strings that break things. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const fileOf = (name: string, path: string): string =>
  readFileSync(join(dirname(require.resolve(`${name}/package.json`)), path), 'utf8');

/** Yahoo's sanitiser is fuzzed with these: the filter evasion cheat sheet, one attack a line. */
const evasions = fileOf('xss-filters', 'tests/fuzz/bin/seed.xss').split('\n');

/** Every string in the tests of Braintree's sanitiser of URLs. */
const urls = [
  ...fileOf('@braintree/sanitize-url', 'src/__tests__/index.test.ts').matchAll(/(["'`])((?:\\.|(?!\1)[^\\])*)\1/g),
].map(([, , literal]) => unescaped(literal!));

const naughty = JSON.parse(fileOf('big-list-of-naughty-strings', 'blns.json')) as string[];

/** As JavaScript reads a string literal: an escape that is none stands for itself. */
function unescaped(literal: string): string {
  return literal.replace(
    /\\(?:u([\da-f]{4})|x([\da-f]{2})|([^]))/gi,
    (_all, u?: string, x?: string, other?: string) => {
      if (other === undefined) return String.fromCharCode(parseInt((u ?? x)!, 16));
      return { n: '\n', r: '\r', t: '\t', 0: '\0' }[other] ?? other;
    },
  );
}

/** By where they come from, each once. */
export const PUBLISHED_XSS: Record<string, readonly string[]> = {
  'xss-filters': distinct(evasions),
  '@braintree/sanitize-url': distinct(urls),
  'big-list-of-naughty-strings': distinct(naughty),
};

function distinct(attacks: readonly string[]): string[] {
  return [...new Set(attacks)].filter((attack) => attack.trim() !== '');
}
