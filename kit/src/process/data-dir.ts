/** The check of an installation's data folder at the start, before anything is written that would have to be cleaned up. */
import { access, constants, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StartupError } from './startup-error';

/** Creates the folder if it is missing. @throws StartupError if it is no folder, or if this user cannot write to it */
export async function prepareDataDir(dir: string): Promise<void> {
  try {
    await createFolder(dir);
    await access(dir, constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new StartupError(
      `DATA_DIR cannot be ${dir}: ${REASONS[code] ?? message}. Set DATA_DIR to a folder that this user can write to.`,
    );
  }
}

/** Node's recursive mkdir never ends in a file system such as /proc, which refuses new folders with ENOENT. */
async function createFolder(dir: string): Promise<void> {
  if (await isFolder(dir)) return;
  const parent = dirname(dir);
  if (parent !== dir) await createFolder(parent);
  await mkdir(dir).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST' || !(await isFolder(dir))) throw error;
  });
}

const isFolder = (path: string) =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

const REASONS: Readonly<Record<string, string>> = {
  ENOTDIR: 'a part of the path is not a folder',
  EEXIST: 'a part of the path is not a folder',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'the file system is read-only',
  ENOENT: 'no folder can be created there',
  ENOSPC: 'the disk is full',
};
