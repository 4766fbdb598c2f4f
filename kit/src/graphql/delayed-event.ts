/**
 * Repeats the execution of an event while PostgreSQL is unavailable: an outage delays a stream, and no event is lost to it.
 * Holds no retry for requests; their clients repeat them.
 */
import type { ExecutionResult } from 'graphql';
import { setTimeout as sleep } from 'node:timers/promises';
import { isOutage } from '../database/connection-error';

export interface DelayedEventOptions {
  /** Runs the event. `attempt` counts from 0. Never rejects; errors are not formatted yet. */
  execute: (attempt: number) => Promise<ExecutionResult>;
  /** Whether the parts behind the schema answer. */
  isHealthy: () => Promise<boolean>;
  /** Whether nobody waits for the result any more. */
  isOver: () => boolean;
}

/** Longest pause between attempts, in milliseconds. */
const LONGEST_PAUSE_MS = 2000;
/** How often an event is repeated although all parts answer: its error may only look like an outage. */
const REPETITIONS = 3;

export async function executeDelayed({ execute, isHealthy, isOver }: DelayedEventOptions): Promise<ExecutionResult> {
  let repetitions = 0;
  for (let attempt = 0; ; attempt++) {
    const result = await execute(attempt);
    if (!result.errors?.some(({ originalError }) => isOutage(originalError)) || isOver()) return result;
    if ((await isHealthy()) && ++repetitions > REPETITIONS) return result;
    await sleep(Math.min(100 * 2 ** attempt, LONGEST_PAUSE_MS), undefined, { ref: false });
    if (isOver()) return result;
  }
}
