/** One full garbage collection at a time that the process chooses. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Collects the garbage of this thread, such as that of its start, and returns the free memory to the system. The heap grows again with
 * the load. The thread waits meanwhile, some tenths of a second, so call this only before the work begins.
 */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as NodeJS.GCFunction;
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
