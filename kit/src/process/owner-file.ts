/** A lock on a folder for one process: a file with the process id and start time, so that reused ids are detected on Linux. */
import { readFileSync, rmSync } from 'node:fs';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { callAtExit } from './at-exit';
import { StartupError } from './startup-error';

const FILE_NAME = 'owner';

/** Thrown if another running process holds the lock. */
export class FolderInUseError extends StartupError {
  constructor(folder: string, pid: number) {
    super(`${folder} is in use by another running process (pid ${pid}). Stop it, or set DATA_DIR to another folder.`);
    this.name = 'FolderInUseError';
  }
}

/** Whether a process with this id runs now; also true for another user's. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Locks `folder` for this process. A lock that a killed process left behind is taken over.
 * @returns releases the lock, as an orderly exit of the process does
 * @throws FolderInUseError
 */
export async function takeFolder(folder: string): Promise<() => void> {
  const file = join(folder, FILE_NAME);
  const candidate = `${file}.${process.pid}`;
  await writeFile(candidate, `${process.pid} ${startOf(process.pid)}\n`);
  try {
    for (;;) {
      try {
        await link(candidate, file);
        break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const owner = await ownerOf(folder);
      if (owner !== undefined) throw new FolderInUseError(folder, owner);
      await rm(file, { force: true });
    }
  } finally {
    await rm(candidate, { force: true });
  }
  const giveBack = () => {
    unregister();
    rmSync(file, { force: true });
  };
  const unregister = callAtExit(giveBack);
  return giveBack;
}

/** The id of the running process that holds the lock, if there is one. */
export async function ownerOf(folder: string): Promise<number | undefined> {
  const text = await readFile(join(folder, FILE_NAME), 'utf8').catch(() => '');
  const [pid, start] = text.trim().split(' ');
  const alive = pid && isAlive(Number(pid)) && startOf(Number(pid)) === start;
  return alive ? Number(pid) : undefined;
}

/** The start time of a process in the kernel's ticks, which tells a reused id from the old one. `?` without /proc. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '?';
  } catch {
    return '?';
  }
}
