/**
 * Results of events that are the same for all viewers, such as the frames of a place. An event is executed once for each operation,
 * however many streams deliver it. The results must not be changed.
 */
import type { ExecutionResult } from 'graphql';

/** The mark of an event with a result that depends only on the operation and its variables. */
export const SAME_FOR_ALL = Symbol('same for all');

/** Results that several streams may have. */
const shared = new WeakSet<ExecutionResult>();

/** Records that other streams may deliver the same object. */
export const markShared = (result: ExecutionResult): ExecutionResult => {
  shared.add(result);
  return result;
};

export const isShared = (result: ExecutionResult): boolean => shared.has(result);

export class SharedResults {
  private readonly byEvent = new WeakMap<object, Map<string, Promise<ExecutionResult>>>();

  /** @param operation equal for equal operations with equal variables. A result with errors is not shared. */
  of(event: unknown, operation: string, execute: () => Promise<ExecutionResult>): Promise<ExecutionResult> {
    if (typeof event !== 'object' || event === null || !(SAME_FOR_ALL in event)) return execute();
    let results = this.byEvent.get(event);
    if (!results) this.byEvent.set(event, (results = new Map<string, Promise<ExecutionResult>>()));
    const known = results.get(operation);
    if (known) return known.then((result) => (result.errors ? execute() : result));
    const result = execute().then((done) => (done.errors ? done : markShared(done)));
    results.set(operation, result);
    return result;
  }
}
