/** TypeScript in processes that may not write, as those are that read files of strangers. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { compileSources, SOURCE_FLAGS } from './run-sources';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'chat-sources-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Prints whether the process has loaded a compiler. */
const SCRIPT =
  'const loaded: boolean = Object.keys(require.cache).some((file) => /@swc/.test(file)); console.log(loaded);';

async function loadsCompiler(): Promise<boolean> {
  const limits = ['--permission', '--allow-addons', '--allow-fs-read=*'];
  const { stdout } = await promisify(execFile)(process.execPath, [...limits, ...SOURCE_FLAGS, join(folder, 'a.ts')]);
  return JSON.parse(stdout) as boolean;
}

it('a process that may not write compiles for itself, until another has filled the cache', async () => {
  await writeFile(join(folder, 'a.ts'), SCRIPT);
  expect([await loadsCompiler(), await loadsCompiler()]).toEqual([true, true]);
  await compileSources(folder);
  expect(await loadsCompiler()).toBe(false);
});

it('a file that cannot be compiled is named', async () => {
  await writeFile(join(folder, 'a.ts'), 'const = 1;');
  await expect(compileSources(folder)).rejects.toThrow(/a\.ts/);
});
