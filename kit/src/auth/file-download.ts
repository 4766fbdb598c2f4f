/** Downloads a file of the files subgraph on behalf of an account, by a URL that is signed as that subgraph signs its own. */
import { readAtMost } from '../read-body';
import { FileUrls } from './file-urls';
import type { Viewer } from './viewer';

/** Lifetime of the URL, in milliseconds. */
const LIFETIME_MS = 60_000;

export interface FileSource {
  secretKey: string;
  /** The gateway's URL. */
  publicUrl: string;
}

export type FileViewer = Pick<Viewer, 'id' | 'roles' | 'permissions' | 'scope'>;

/** Undefined if the file does not exist or is not the viewer's to read. @throws RangeError if it is longer than `maxBytes` */
export async function downloadFile(
  { secretKey, publicUrl }: FileSource,
  { id, roles, permissions, scope }: FileViewer,
  file: string,
  maxBytes: number,
): Promise<Buffer | undefined> {
  const claims = { file, variant: 'original', viewer: { id, roles, permissions, scope } };
  const url = new FileUrls(secretKey, publicUrl).sign('get', claims, new Date(Date.now() + LIFETIME_MS));
  const response = await fetch(url, { signal: AbortSignal.timeout(30_000) });
  if (!response.ok || !response.body) return undefined;
  const bytes = await readAtMost(response.body, maxBytes);
  if (!bytes) throw new RangeError(`The file is longer than ${maxBytes} bytes.`);
  return bytes;
}
