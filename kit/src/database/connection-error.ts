/** Tells an outage of PostgreSQL from a wrong statement. */
import { ApiError } from '../errors';

export const databaseAway = () =>
  new ApiError('SERVICE_UNAVAILABLE', 'The database is not reachable right now. Try again in a moment.');

/**
 * Error codes of Node and SQLSTATEs of an outage. Not only lost connections (08, 57P0x), but also a server that is read-only
 * (25006), ends idle transactions and slow statements (25P03, 25P04, 57014), is out of resources (53) or has failing
 * disks (58). The same request can succeed later, unchanged.
 */
const OUTAGE_CODES =
  /^(ECONN|EPIPE|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|ETIMEDOUT|EAI_AGAIN|ENOENT|ERR_STREAM_|08|25006|25P0[34]|53|57014|57P0|58)/;

/** For errors of pg and pg-pool that have no code. */
const OUTAGE_MESSAGES =
  /Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client was closed|not queryable|Cannot use a pool/;

/** Whether an error, or one of its causes, means that PostgreSQL is unavailable, rather than that the statement was wrong. */
export function isConnectionError(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as { code?: unknown };
    if (typeof code === 'string' && OUTAGE_CODES.test(code)) return true;
    if (OUTAGE_MESSAGES.test(cause.message)) return true;
    if (cause instanceof AggregateError && cause.errors.some(isConnectionError)) return true;
  }
  return false;
}

/** Also true for an outage that has already been turned into the error for clients. */
export const isOutage = (error: unknown): boolean =>
  isConnectionError(error) || (error instanceof ApiError && error.extensions.code === 'SERVICE_UNAVAILABLE');
