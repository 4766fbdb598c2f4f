/** A store that does not answer or cannot write, as clients see it. Details go to the log only. */
import { ApiError } from '@chat/kit/errors';

/** Errors of a full disk or a used-up quota of the file system. */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

export class StoreFailure extends ApiError {
  /** The status over HTTP: 507 (RFC 4918) if the store is full, otherwise 503. */
  readonly status: 503 | 507;

  constructor(cause: unknown) {
    super('SERVICE_UNAVAILABLE', 'The file store does not work at the moment. Try again later.');
    this.cause = cause;
    this.status = FULL.has((cause as NodeJS.ErrnoException | undefined)?.code ?? '') ? 507 : 503;
  }
}

/** Runs `work` with a store. @throws StoreFailure for each error that is not for clients */
export async function usingStore<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof ApiError ? error : new StoreFailure(error);
  }
}
