/** Repeats work that needs PostgreSQL until PostgreSQL is there. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../logging';
import { isOutage } from './connection-error';

/** Longest pause between attempts, in milliseconds. */
const LONGEST_PAUSE_MS = 2000;

/** @returns false if `signal` was aborted before `work` succeeded. @throws any error that is no outage. */
export async function retryOutages(work: () => Promise<void>, log: Logger, signal: AbortSignal): Promise<boolean> {
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      await work();
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      if (!isOutage(error)) throw error;
      if (attempt === 0) log.warn({ err: error }, 'PostgreSQL is not reachable; trying again until it is');
      await sleep(Math.min(250 * (attempt + 1), LONGEST_PAUSE_MS), undefined, { signal }).catch(() => undefined);
    }
  }
  return false;
}
