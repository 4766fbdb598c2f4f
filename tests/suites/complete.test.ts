/** The suites and the files that run alone cover every test file, each of them once. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '@chat/kit/testing/test-process';
import inSuites from './in-suites.json';

const find = (patterns: string | string[], exclude: string[] = []) => globSync(patterns, { cwd: REPOSITORY, exclude });
const CALL = /runTogether\(\s*'([^']+)'(?:,\s*\[([^\]]*)\])?/g;

/** The test files of all suites, as often as they are run. */
const inASuite = find('tests/suites/*.test.ts').flatMap((suite) =>
  [...readFileSync(join(REPOSITORY, suite), 'utf8').matchAll(CALL)].flatMap(([, pattern = '', except = '']) =>
    find(
      pattern,
      [...except.matchAll(/'([^']+)'/g)].map(([, excluded = '']) => excluded),
    ),
  ),
);
const packages = ['kit', 'identity-client', 'gateway', 'standalone', 'subgraphs/*', 'clients/*', 'web'];

test('every test file is in one suite or runs alone', () => {
  const alone = [...find('tests/**/*.test.ts', inSuites), ...find('kit/src/embedded/*.test.ts')];
  const all = [...find(packages.map((folder) => `${folder}/src/**/*.test.ts`)), ...find('tests/**/*.test.ts')];
  expect(all.length).toBeGreaterThan(250);
  expect([...inASuite, ...alone].sort()).toEqual(all.sort());
});
