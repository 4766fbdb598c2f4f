/** How a process that runs from TypeScript starts other processes and threads from TypeScript. A built process needs none of it. */
import { execFile } from 'node:child_process';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';

const LOADER = join(__dirname, 'source-loader.cjs');

/** Node's flags for the sources of this repository. */
export const SOURCE_FLAGS: readonly string[] = ['-C', 'source', '-r', LOADER];

/**
 * Node's flags for a module that is compiled as this file is: {@link SOURCE_FLAGS} from sources, also under jest, and none in a build.
 * A process that may not write (`--permission`) compiles without a cache, unless {@link compileSources} has filled it.
 */
export const sourceFlags = (): string[] => (isSource ? [...SOURCE_FLAGS] : []);

/**
 * Compiles a folder's files, tests excepted, in a process of its own and keeps the results. Does nothing in a build.
 * @throws if a file cannot be compiled
 */
export async function compileSources(folder: string): Promise<void> {
  if (isSource) await promisify(execFile)(process.execPath, [LOADER, folder]);
}

const isSource = extname(__filename) === '.ts';
