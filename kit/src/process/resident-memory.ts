/** The memory of other processes, as Linux tells it. */
import { readFile } from 'node:fs/promises';

/** Resident memory of one process without its children, in bytes. Undefined if there is no such process, or the system does not tell. */
export async function residentBytes(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => undefined);
  if (status === undefined) return undefined;
  const [, kibibytes = '0'] = /^VmRSS:\s+(\d+)/m.exec(status) ?? [];
  return Number(kibibytes) * 1024;
}
