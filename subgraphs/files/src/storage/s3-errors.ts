/** Errors of S3 servers. */

const MISSING = new Set(['NotFound', 'NoSuchKey', 'NoSuchUpload']);

/** Whether an object or a multipart upload does not exist. */
export const isMissing = (error: unknown): boolean => MISSING.has((error as Error).name);
