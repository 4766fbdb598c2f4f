/**
 * Fetches programs from the distribution's packages (Debian, Ubuntu) into a cache folder: without root, and without installing anything.
 * Runs no maintainer scripts and starts nothing.
 */
import { execFile } from 'node:child_process';
import { access, constants, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { arch } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** How long package lists are used, in milliseconds. */
const LISTS_MS = 3_600_000;

/** Fetched packages go here, beside node_modules. */
export const PACKAGE_CACHE = resolve(__dirname, '../../../.cache');

export interface FetchedPackages {
  /** The folder that stands for the root of a file system. */
  root: string;
  /** The value of LD_LIBRARY_PATH for the fetched programs. */
  libraryPath: string;
}

export interface PackageFetch {
  /** Kebab-case; names the folder in the cache. */
  name: string;
  /** The packages to fetch. Their dependencies come along unless the system has them. */
  packages: readonly string[];
  /** A program of the packages, such as `usr/sbin/clamd`: if it is there, nothing is fetched. */
  program: string;
  /** Called before a fetch. */
  onFetch?: () => void;
  cache?: string;
}

/** @throws if apt-get or dpkg is missing or fails; the last line of its output is the message. */
export async function fetchDebianPackages(options: PackageFetch): Promise<FetchedPackages> {
  const { name, packages, program, onFetch, cache = PACKAGE_CACHE } = options;
  const root = join(cache, `${name}-${arch()}`);
  if (!(await isExecutable(join(root, program)))) {
    onFetch?.();
    await fetchInto(root, { cache, name, packages, program }).catch((error: Error & { stderr?: string }) => {
      throw new Error((error.stderr || error.message).trim().split('\n').at(-1), { cause: error });
    });
  }
  return { root, libraryPath: await libraryPath(root) };
}

/** Concurrent fetches each work in a folder of their own. The first to finish gives its result the name. */
async function fetchInto(
  root: string,
  { cache, name, packages, program }: Required<Omit<PackageFetch, 'onFetch'>>,
): Promise<void> {
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, `${name}-fetch-`));
  try {
    for (const folder of ['archives/partial', 'debs', 'root']) await mkdir(join(work, folder), { recursive: true });
    const options = { cwd: join(work, 'debs'), maxBuffer: 64 << 20 };
    const apt = aptOptions(await packageLists(cache, work), work);
    // A package that the system has is not listed as missing, so the named ones are added.
    const { stdout } = await run('apt-get', [...apt, '-s', '--no-install-recommends', 'install', ...packages], options);
    const missing = [...stdout.matchAll(/^Inst (\S+)/gm)].map(([, found]) => found ?? '');
    await run('apt-get', [...apt, '-qq', 'download', ...new Set([...packages, ...missing])], options);
    for (const file of await readdir(options.cwd))
      await run('dpkg', ['-x', join(options.cwd, file), join(work, 'root')]);
    await rename(join(work, 'root'), root).catch(async (error: Error) => {
      if (!(await isExecutable(join(root, program)))) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Package lists of our own: an ordinary user cannot write the system's, and a fresh container has none. Fetches share them. */
async function packageLists(cache: string, work: string): Promise<string> {
  const prefix = 'package-lists-';
  const hour = Math.floor(Date.now() / LISTS_MS);
  const shared = join(cache, `${prefix}${hour}`);
  if (await isFolder(shared)) return shared;
  const lists = join(work, 'lists');
  await mkdir(join(lists, 'partial'), { recursive: true });
  await run('apt-get', [...aptOptions(lists, work), '-qq', 'update']);
  // If another fetch was faster, its lists stay.
  await rename(lists, shared).catch(() => undefined);
  for (const name of await readdir(cache))
    // Another process may still use the lists of the hour before.
    if (name.startsWith(prefix) && Number(name.slice(prefix.length)) < hour - 1)
      await rm(join(cache, name), { recursive: true, force: true });
  return (await isFolder(lists)) ? lists : shared;
}

const aptOptions = (lists: string, work: string): string[] =>
  [
    ['Dir::State::Lists', lists],
    ['Dir::Cache', work],
    ['APT::Sandbox::User', ''],
    ['Acquire::Languages', 'none'],
    ['Acquire::Retries', '2'],
  ].flatMap(([key, value]) => ['-o', `${key}=${value}`]);

/** Some packages keep private libraries one folder deeper. */
async function libraryPath(root: string): Promise<string> {
  const libraries = (await foldersIn(join(root, 'usr/lib'))).filter((folder) => folder.includes('linux-gnu'));
  const privateOnes = await Promise.all(libraries.map(foldersIn));
  return [...libraries, ...privateOnes.flat()].join(delimiter);
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name));
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

const isExecutable = (path: string) =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
