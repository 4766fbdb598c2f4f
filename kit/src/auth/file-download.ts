/** Downloads a file of the files subgraph on behalf of an account, by a URL that is signed as that subgraph signs its own. */
import { ApiError } from '../errors';
import { readAtMost } from '../read-body';
import type { Secret } from './derived-keys';
import { FileUrls } from './file-urls';
import type { Viewer } from './viewer';

/** Lifetime of the URL, in milliseconds. */
const LIFETIME_MS = 60_000;
/** For the whole file, in milliseconds. */
const TIMEOUT_MS = 30_000;

export interface FileSource {
  secret: Secret;
  /** The gateway's URL. */
  publicUrl: string;
}

export type FileViewer = Pick<Viewer, 'id' | 'roles' | 'permissions' | 'scope'>;

/** The file server or its store is away. The same download can succeed later. The cause goes to the log only. */
export class FileServerAway extends ApiError {
  constructor(cause: unknown) {
    super('SERVICE_UNAVAILABLE', 'The file server is not reachable right now. Try again in a moment.');
    this.cause = cause;
  }
}

/** Answers that mean: there is no such file for this viewer. Each other failure is one of the server, and may end. */
const MISSING = [403, 404];

/**
 * Undefined if the file does not exist or is not the viewer's to read.
 * @throws RangeError if it is longer than `maxBytes`
 * @throws FileServerAway if the server is away, answers with another status, or does not send the whole file in time
 */
export async function downloadFile(
  { secret, publicUrl }: FileSource,
  { id, roles, permissions, scope }: FileViewer,
  file: string,
  maxBytes: number,
): Promise<Buffer | undefined> {
  const claims = { file, variant: 'original', viewer: { id, roles, permissions, scope } };
  const url = new FileUrls(secret, publicUrl).sign('get', claims, new Date(Date.now() + LIFETIME_MS));
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (response.ok && response.body) {
      const declared = Number(response.headers.get('content-length') ?? 0);
      const bytes = declared > maxBytes ? undefined : await readAtMost(response.body, maxBytes);
      if (bytes) return bytes;
      await response.body.cancel();
      throw new RangeError(`The file is longer than ${maxBytes} bytes.`);
    }
    await response.body?.cancel();
    if (MISSING.includes(response.status)) return undefined;
    throw new Error(`The file server answered with status ${response.status}.`);
  } catch (error) {
    if (error instanceof RangeError) throw error;
    throw new FileServerAway(error);
  }
}
