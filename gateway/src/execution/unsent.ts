/** Tells requests that were certainly not sent, so that another instance may be asked. */

/** Errors that occur before a connection is established. */
const UNSENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

export const isUnsentError = (error: unknown): boolean => UNSENT.has((error as { code?: string }).code ?? '');
