/** A checkout of another commit beside this one, with hard links to this one's dependencies. Not for commits with other dependencies. */
import { REPOSITORY } from '@chat/kit/testing/test-process';
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Checkout extends AsyncDisposable {
  folder: string;
}

/** @throws if git knows no such commit */
export async function checkOut(commit: string): Promise<Checkout> {
  // Beside this one, as hard links work within one file system.
  const parent = await mkdtemp(`${REPOSITORY}-`);
  await using parts = new AsyncDisposableStack();
  parts.defer(() => rm(parent, { recursive: true, force: true }));
  const folder = join(parent, 'chat');
  await run('git', ['worktree', 'add', '--detach', folder, commit], { cwd: REPOSITORY });
  parts.defer(async () => void (await run('git', ['worktree', 'remove', '--force', folder], { cwd: REPOSITORY })));
  const modules = globSync('{node_modules,*/node_modules,{clients,subgraphs}/*/node_modules}', { cwd: REPOSITORY });
  for (const path of modules.filter((found) => !found.startsWith('node_modules/'))) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await run('cp', ['-al', join(REPOSITORY, path), join(folder, path)]);
  }
  const made = parts.move();
  return { folder, [Symbol.asyncDispose]: () => made.disposeAsync() };
}
