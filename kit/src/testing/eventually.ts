/** Waiting with a deadline, so that a test fails by assertion within seconds and names the missing event. Holds no fixed sleeps. */
import { clearTimeout, setTimeout } from 'node:timers'; // jest's fake timers replace only the globals
import { setTimeout as pause } from 'node:timers/promises';

/** The default deadline, in milliseconds: generous on a busy machine, and well before jest's own time-out. */
export const PATIENCE_MS = 20_000;

/** Between two checks, in milliseconds. */
const POLL_MS = 10;

/** A check that returns `undefined` has passed, as assertions do, so a value that may be `undefined` cannot say that there is none yet. */
type NeverUndefined<T> = undefined extends T
  ? [T] extends [void]
    ? unknown
    : 'Return false instead of undefined, with ?? false.'
  : unknown;

/**
 * Polls until `check` neither throws nor returns a falsy value other than `undefined`.
 * @param goal completes the sentence "waited for …" in the error
 * @throws after `withinMs`, with the last error of `check` as its cause, even if `check` itself hangs
 */
export async function eventually<T>(
  check: (() => T | Promise<T>) & NeverUndefined<T>,
  goal = check.toString(),
  withinMs = PATIENCE_MS,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  let last: unknown;
  for (;;) {
    const leftMs = deadline - performance.now();
    if (leftMs <= 0) throw waitedFor(goal, withinMs, last);
    try {
      const result = await within(leftMs, asPromised(check), () => last ?? new Error('the check has not settled'));
      if (result || result === undefined) return result;
      last = new Error(`it is still ${String(result)}`);
    } catch (error) {
      last = error;
    }
    await pause(POLL_MS);
  }
}

/**
 * Waits for `promise`, which might never settle.
 * @param goal completes the sentence "waited for …" in the error
 * @throws after `withinMs`
 */
export function inTime<T>(goal: string, promise: Promise<T>, withinMs = PATIENCE_MS): Promise<T> {
  return within(withinMs, promise, () => waitedFor(goal, withinMs));
}

const asPromised = async <T>(check: () => T | Promise<T>): Promise<T> => check();

async function within<T>(ms: number, promise: Promise<T>, late: () => unknown): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(late() as Error), ms).unref();
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function waitedFor(goal: string, ms: number, last?: unknown): Error {
  const ending = last instanceof Error ? `: ${last.message}` : '';
  return new Error(`Waited ${ms / 1000} s for ${goal}${ending}`, { cause: last });
}
