/** Marks a folder as in use by one process, and tells whether the process behind a mark still lives. Safe against reused process ids on Linux. */
import { readFileSync, rmSync } from 'node:fs';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StartupError } from './startup-error';

const FILE_NAME = 'owner';

/** Thrown where another living process has the folder. */
export class FolderInUseError extends StartupError {
  constructor(folder: string, pid: number) {
    super(`${folder} is in use by another running process (pid ${pid}). Stop it, or choose another folder.`);
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
 * Takes `folder` for this process, also when the last owner was killed and left its mark.
 * @returns gives the folder back; it is given back by itself when the process exits in any orderly way.
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
    process.off('exit', giveBack);
    rmSync(file, { force: true });
  };
  process.on('exit', giveBack);
  return giveBack;
}

/** The id of the living process that has `folder`, if there is one. */
export async function ownerOf(folder: string): Promise<number | undefined> {
  const text = await readFile(join(folder, FILE_NAME), 'utf8').catch(() => '');
  const [pid, start] = text.trim().split(' ');
  const alive = pid && isAlive(Number(pid)) && startOf(Number(pid)) === start;
  return alive ? Number(pid) : undefined;
}

/** When a process started, in the kernel's ticks, so that a reused id is told from the old one; `?` where there is no /proc. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '?';
  } catch {
    return '?';
  }
}
