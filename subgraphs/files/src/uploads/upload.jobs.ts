/** Names of the jobs that follow an upload. */

/** Scans and inspects a file that is SCANNING, and sets READY or REJECTED. Payload: `{ fileId }`. */
export const PROCESS_FILE = 'process-file';

export interface ProcessFilePayload {
  fileId: string;
}
