/** Suggestions for misspelt names: close ones are found, and distant ones are not guessed. */
// cspell:disable -- the misspelt names are intended
import { didYouMean, nearest } from './nearest';

const SETTINGS = ['HOST', 'PORT', 'MAX_DEPTH', 'MAX_COST', 'RATE_LIMIT_PER_MINUTE', 'DATABASE_URL', 'DATA_DIR'];

test.each([
  ['MAX_DEPHT', 'MAX_DEPTH'],
  ['max-depth', 'MAX_DEPTH'],
  ['MAXDEPTH', 'MAX_DEPTH'],
  ['RATE_LIMITS_PER_MINUT', 'RATE_LIMIT_PER_MINUTE'],
  ['PROT', 'PORT'],
  ['HOSTS', 'HOST'],
  ['DATA_DIRECTORY', 'DATA_DIR'],
  ['RATE_LIMIT', 'RATE_LIMIT_PER_MINUTE'],
  ['DATABSE_URL', 'DATABASE_URL'],
])('%s means %s', (name, meant) => {
  expect(nearest(name, SETTINGS)).toBe(meant);
  expect(didYouMean(name, SETTINGS)).toBe(` Did you mean ${meant}?`);
});

test.each(['HOME', 'PATH', 'TERM', 'HOSTNAME', 'RATE', 'EDITOR', 'POST_CODE'])('%s means none of them', (name) => {
  expect(nearest(name, SETTINGS)).toBeUndefined();
  expect(didYouMean(name, SETTINGS)).toBe('');
});
