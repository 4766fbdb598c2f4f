/** Runs many test files as one, so that their common modules are loaded once. */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '@chat/kit/testing/test-process';

/** Declares the tests of all files that match `pattern`, a glob from the root of the repository, except `except`. */
export function runTogether(pattern: string, except: readonly string[] = []): void {
  const files = globSync(pattern, { cwd: REPOSITORY, exclude: except }).sort();
  if (files.length === 0) throw new Error(`No test file matches ${pattern}.`);
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the names are known only at run time, and `describe` is synchronous
  for (const file of files) describe(file, () => void require(join(REPOSITORY, file)));
}
