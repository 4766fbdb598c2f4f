/** Recognises a server by its arguments, since a pid file can outlive its server and name another process. */
import { readFile } from 'node:fs/promises';
import { platform } from 'node:os';
import { isAlive } from './owner-file';

/** Whether a process with this id runs and has the argument. Outside Linux, whether it runs. */
export async function runsWith(pid: number, argument: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  if (platform() !== 'linux') return true;
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return commandLine.split('\0').includes(argument);
}
