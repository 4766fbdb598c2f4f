/** Snowball's current stemmers for German and English, compiled to WebAssembly. Holds no folding of letters and no stop words. */
import { LRUCache } from 'lru-cache';
import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';

interface Snowball {
  initSync: (source: { module: Uint8Array }) => void;
  Languages: { German: number; English: number };
  Stemmer: new (language: number) => { stem(word: string): string };
}

const CACHED_WORDS = 20_000;

// The entry of the package awaits at its top level, which `require` refuses. The module below it does not.
const folder = join(dirname(findPackageJSON('multilingual-stemmer', __filename)!), 'dist', 'browser');
// eslint-disable-next-line @typescript-eslint/no-require-imports
const { initSync, Languages, Stemmer } = require(join(folder, 'index.js')) as Snowball;
initSync({ module: readFileSync(join(folder, 'index_bg.wasm')) });

function cached(language: number): (word: string) => string {
  const stemmer = new Stemmer(language);
  const cache = new LRUCache<string, string>({ max: CACHED_WORDS });
  return (word) => {
    let stem = cache.get(word);
    if (stem === undefined) cache.set(word, (stem = stemmer.stem(word)));
    return stem;
  };
}

/** The stem of a word in lower case. Reads `ae`, `oe`, `ue` and `ß` as German does. */
export const germanStem = cached(Languages.German);
/** The stem of a word in lower case. */
export const englishStem = cached(Languages.English);
