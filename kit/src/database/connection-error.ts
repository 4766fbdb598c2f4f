/** Tells "PostgreSQL is away" from "the statement was wrong". */
import { ApiError } from '../errors';

export const databaseAway = () =>
  new ApiError('SERVICE_UNAVAILABLE', 'The database is not reachable right now. Try again in a moment.');

const CONNECTION_ERRORS = /^(ECONN|EPIPE|ENOTFOUND|ETIMEDOUT|EAI_AGAIN|ENOENT|08|57P0|53300)/;

/** Whether an error (or what caused it) means that PostgreSQL is away, and not that the statement was wrong. */
export function isConnectionError(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as { code?: unknown };
    if (typeof code === 'string' && CONNECTION_ERRORS.test(code)) return true;
    if (
      /Connection terminated|timeout exceeded when trying to connect|Client was closed|Cannot use a pool/.test(
        cause.message,
      )
    )
      return true;
    if (cause instanceof AggregateError && cause.errors.some(isConnectionError)) return true;
  }
  return false;
}
