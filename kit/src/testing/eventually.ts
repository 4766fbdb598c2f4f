/** For what comes true by itself and announces it to nobody: asks again and again, for ten seconds at most. */
import { setTimeout as pause } from 'node:timers/promises';

/** @throws where it has not come true. */
export async function eventually(isSo: () => Promise<unknown>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error('It has not come true.');
    await pause(10);
  }
}
