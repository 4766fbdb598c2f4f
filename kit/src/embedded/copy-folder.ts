/** Copies a folder with the owners and modes of its entries. Files that go meanwhile are left out. */
import { chown, copyFile, lstat, mkdir, readdir, readlink, symlink } from 'node:fs/promises';
import { join } from 'node:path';

export interface CopyOptions {
  /** Whether an entry is to be copied, by the names on its path below the folder. Default: all are. */
  isNeeded?: (path: readonly string[]) => boolean;
  /** Hears the number of bytes that have been copied. */
  progress?: (bytes: number) => void;
}

/** Copies `from` to `to`, which must not exist. Sockets and the like are left out. @returns the number of bytes */
export async function copyFolder(
  from: string,
  to: string,
  { isNeeded = () => true, progress = () => undefined }: CopyOptions = {},
): Promise<number> {
  let bytes = 0;
  await copy(from, to, []);
  return bytes;

  async function copy(source: string, target: string, path: readonly string[]): Promise<void> {
    const entry = await lstat(source);
    const { uid, gid } = entry;
    if (entry.isDirectory()) {
      await mkdir(target, { mode: entry.mode & 0o777 });
      await chown(target, uid, gid);
      for (const name of await readdir(source)) {
        if (!isNeeded([...path, name])) continue;
        await copy(join(source, name), join(target, name), [...path, name]).catch(ignoreMissing);
      }
    } else if (entry.isSymbolicLink()) {
      await symlink(await readlink(source), target);
    } else if (entry.isFile()) {
      await copyFile(source, target);
      await chown(target, uid, gid);
      bytes += entry.size;
      progress(bytes);
    }
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
