/**
 * Finds a Redis server program: on the PATH, or fetched from the distribution's packages (Debian, Ubuntu) into a cache folder,
 * without root and without installing anything. Refuses with the ways to get one where neither works.
 */
import { execFile } from 'node:child_process';
import { access, constants, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { arch } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Logger } from '../logging';
import { StartupError } from '../process/startup-error';

const run = promisify(execFile);

export interface RedisProgram {
  command: string;
  env: NodeJS.ProcessEnv;
}

/** Fetched packages go here, beside node_modules. */
const CACHE = resolve(__dirname, '../../../.cache');

/** @param options.path a PATH to search instead of this process's. */
export async function findRedis(options: { log?: Logger; path?: string; cache?: string } = {}): Promise<RedisProgram> {
  const { log, path, cache = CACHE } = options;
  const search = 'command -v redis-server || command -v valkey-server';
  const found = await run('/bin/sh', ['-c', search], path === undefined ? {} : { env: { PATH: path } }).catch(
    () => undefined,
  );
  if (found) return { command: found.stdout.trim(), env: {} };
  const home = join(cache, `redis-${arch()}`);
  if (!(await isExecutable(programIn(home)))) {
    log?.info('fetching the Redis package, once');
    await fetchDebianPackage(cache, home).catch((error: Error & { stderr?: string }) => {
      throw new StartupError(
        `No Redis was found, and it could not be fetched as a Debian package (${(error.stderr || error.message).trim().split('\n').at(-1)}).\n` +
          'Any one of these helps:\n' +
          '  - Debian, Ubuntu:  apt-get install redis-server\n' +
          '  - Fedora, RHEL:    dnf install valkey\n' +
          '  - macOS:           brew install redis\n' +
          '  - set REDIS_URL to a Redis 6.2 (or Valkey) that runs already',
      );
    });
  }
  return { command: programIn(home), env: { LD_LIBRARY_PATH: await libraryPath(home) } };
}

const programIn = (home: string) => join(home, 'usr/bin/redis-server');

/** Two processes may do this at once: each works in a folder of its own, and the first to finish gives its result the name. */
async function fetchDebianPackage(cache: string, home: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, 'redis-fetch-'));
  try {
    for (const folder of ['lists/partial', 'archives/partial', 'debs', 'root'])
      await mkdir(join(work, folder), { recursive: true });
    // Package lists of our own: an ordinary user cannot write the system's, and a fresh container has none.
    const apt = [
      ['Dir::State::Lists', join(work, 'lists')],
      ['Dir::Cache', work],
      ['APT::Sandbox::User', ''],
      ['Acquire::Languages', 'none'],
      ['Acquire::Retries', '2'],
    ].flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    const options = { cwd: join(work, 'debs'), maxBuffer: 64 << 20 };
    await run('apt-get', [...apt, '-qq', 'update'], options);
    const { stdout } = await run(
      'apt-get',
      [...apt, '-s', '--no-install-recommends', 'install', 'redis-server'],
      options,
    );
    const packages = [...stdout.matchAll(/^Inst (\S+)/gm)].map(([, name]) => name ?? '');
    await run('apt-get', [...apt, '-qq', 'download', ...packages], options);
    for (const file of await readdir(options.cwd))
      await run('dpkg', ['-x', join(options.cwd, file), join(work, 'root')]);
    await rename(join(work, 'root'), home).catch(async (error: Error) => {
      if (!(await isExecutable(programIn(home)))) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function libraryPath(home: string): Promise<string> {
  const lib = join(home, 'usr/lib');
  const folders = await readdir(lib, { withFileTypes: true }).catch(() => []);
  return folders
    .filter((entry) => entry.isDirectory() && entry.name.includes('linux-gnu'))
    .map((entry) => join(lib, entry.name))
    .join(delimiter);
}

const isExecutable = (path: string) =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
