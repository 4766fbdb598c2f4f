/** Polls a state that changes without an announcement, for ten seconds at most. */
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Calls `check` until it returns without throwing, and returns neither `false` nor another falsy value except `undefined`.
 * @throws the last error of `check` after ten seconds, so that a failing assertion is reported as such.
 */
export async function eventually<T>(check: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    try {
      const result = await check();
      if (result || result === undefined) return result;
      throw new Error(`Still ${String(result)} after ten seconds: ${check.toString()}`);
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await pause(10);
  }
}
