/** Processor time of servers that consist of several processes. */
import { readdirSync, readFileSync } from 'node:fs';
import { TICKS_PER_SECOND } from '@chat/kit/testing/test-process';

/** Of a process and all its descendants, including ended ones, in seconds. */
export function cpuSecondsOfFamily(pid: number): number {
  const ofChildren = readdirSync('/proc').map((name) => ticksOf(name, String(pid)));
  return (ticksOf(String(pid)) + ofChildren.reduce((sum, ticks) => sum + ticks, 0)) / TICKS_PER_SECOND;
}

/** Of a process and its ended children; 0 if there is no such process, or if it is not a child of `parent`. */
function ticksOf(pid: string, parent?: string): number {
  if (!/^\d+$/.test(pid)) return 0;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // from the third field on
    if (parent !== undefined && fields[1] !== parent) return 0;
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0);
  } catch {
    return 0; // it has just ended
  }
}
