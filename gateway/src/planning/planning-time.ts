/**
 * Bounds the time that an operation may take to plan. Chained `@requires` can make the planner build a cycle of fetches, which it
 * walks until memory runs out; a query of four fields is enough. No estimate tells such queries apart, so a clock does.
 */
import { createContext, Script } from 'node:vm';
import { Kind, visit, type DocumentNode } from 'graphql';
import { ApiError } from '@chat/kit/errors';
import type { Supergraph } from '../supergraph/supergraph';

/** How long an operation may take to plan, in milliseconds. */
export const PLANNING_DEADLINE_MS = 3_000;

/** Longer operations are heavy, in characters of normalised text. Shorter ones take a few milliseconds unless they require fields. */
const HEAVY_LENGTH = 4_000;

/** Whether an operation may take long to plan. `text` is its normalised text. */
export function isHeavy(document: DocumentNode, text: string, { requiringFields }: Supergraph): boolean {
  if (text.length > HEAVY_LENGTH) return true;
  if (requiringFields.size === 0) return false;
  let isRequiring = false;
  visit(document, { [Kind.FIELD]: ({ name }) => void (isRequiring ||= requiringFields.has(name.value)) });
  return isRequiring;
}

export function tooLongToPlan(): ApiError {
  const message = 'This operation takes too long to plan. Select fewer fields at once.';
  return new ApiError('LIMIT_EXCEEDED', message, { what: 'planning' });
}

const call = new Script('work()');
const context = createContext({}) as { work?: () => unknown };

/** Interrupts `work` at the deadline. It must be synchronous. @throws LIMIT_EXCEEDED at the deadline */
export function withinDeadline<Result>(work: () => Result, deadlineMs = PLANNING_DEADLINE_MS): Result {
  const outer = context.work;
  context.work = work;
  try {
    return call.runInContext(context, { timeout: deadlineMs }) as Result;
  } catch (error) {
    throw (error as { code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT' ? tooLongToPlan() : error;
  } finally {
    context.work = outer;
  }
}
