/** Ends a process that is not our child, and so cannot be waited for in the ordinary way. */
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive } from './owner-file';

/** How long each signal may take to work, in milliseconds. */
const PATIENCE_MS = 10_000;

/** Sends the signals in turn, each when the one before has not ended the process within 10 s. Resolves when it is gone. */
export async function endProcess(pid: number, signals: readonly NodeJS.Signals[]): Promise<void> {
  for (const signal of signals) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return;
      throw error;
    }
    for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += 20) {
      if (!isAlive(pid)) return;
      await delay(20);
    }
  }
}
