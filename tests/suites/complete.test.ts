/** The suites cover every test file of the packages. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '@chat/kit/testing/test-process';

test('the tests of every package are in a suite', () => {
  const suites = globSync('*.test.ts', { cwd: __dirname }).map((file) => readFileSync(join(__dirname, file), 'utf8'));
  const packages = globSync(['kit', 'identity-client', 'gateway', 'standalone', 'subgraphs/*'], { cwd: REPOSITORY });
  const tested = packages.filter((folder) => globSync(`${folder}/src/**/*.test.ts`, { cwd: REPOSITORY }).length > 0);
  expect(tested).toContain('kit');
  expect(tested.filter((folder) => !suites.some((suite) => suite.includes(`'${folder}/src/**/*.test.ts'`)))).toEqual(
    [],
  );
});
