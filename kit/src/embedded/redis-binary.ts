/**
 * Finds a Redis server program: on the PATH, or in the distribution's packages (debian-packages.ts). Installs nothing. If neither works,
 * the error names the ways to get one.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Logger } from '../logging';
import { StartupError } from '../process/startup-error';
import { fetchDebianPackages } from './debian-packages';

const run = promisify(execFile);

export interface RedisProgram {
  command: string;
  env: NodeJS.ProcessEnv;
}

/** @param options.path a PATH to search instead of this process's. */
export async function findRedis(options: { log?: Logger; path?: string; cache?: string } = {}): Promise<RedisProgram> {
  const { log, path, cache } = options;
  const search = 'command -v redis-server || command -v valkey-server';
  const found = await run('/bin/sh', ['-c', search], path === undefined ? {} : { env: { PATH: path } }).catch(
    () => undefined,
  );
  if (found) return { command: found.stdout.trim(), env: {} };
  const program = 'usr/bin/redis-server';
  const { root, libraryPath } = await fetchDebianPackages({
    name: 'redis',
    packages: ['redis-server'],
    program,
    onFetch: () => log?.info('fetching the Redis package, once'),
    cache,
  }).catch((error: Error) => {
    throw new StartupError(
      `No Redis was found, and it could not be fetched as a Debian package (${error.message}).\n` +
        'Any one of these helps:\n' +
        '  - Debian, Ubuntu:  apt-get install redis-server\n' +
        '  - Fedora, RHEL:    dnf install valkey\n' +
        '  - macOS:           brew install redis\n' +
        '  - set REDIS_URL to a Redis 6.2 (or Valkey) that runs already',
    );
  });
  return { command: join(root, program), env: { LD_LIBRARY_PATH: libraryPath } };
}
