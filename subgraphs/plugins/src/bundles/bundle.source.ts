/** Gets an uploaded bundle from the files subgraph, on behalf of the viewer. So a bundle is scanned, and the viewer may see it. */
import type { Viewer } from '@chat/kit/auth/viewer';
import { ApiError, badUserInput } from '@chat/kit/errors';
import type { GraphClient } from '../graph/graph.client';
import { BundleError, readBundle, type Bundle, type BundleRules } from './bundle';

const FILE = `query ($id: ID!) { file(id: $id) { status size scan { verdict } downloadUrl } }`;

interface FileAnswer {
  file: { status: string; size: number; scan: { verdict: string } | null; downloadUrl: string | null };
}

/** Deadline for the download, in milliseconds. */
const DOWNLOAD_MS = 20_000;

export class BundleSource {
  constructor(
    private readonly graph: GraphClient,
    private readonly rules: BundleRules,
  ) {}

  /** @throws BAD_USER_INPUT if it is no bundle that may be installed; NOT_FOUND */
  async bundleOf(fileId: string, viewer: Viewer): Promise<Bundle> {
    const { file } = await this.graph.data<FileAnswer>(this.graph.tokenFor(viewer), FILE, { id: fileId });
    const refuse = (reason: string) => badUserInput({ fileId: reason });
    if (file.status === 'REJECTED') throw refuse('The scanner has rejected the file.');
    if (file.status !== 'READY' || file.downloadUrl === null)
      throw refuse('The file is not READY yet. Wait for its scan, then repeat the request.');
    if (file.size > this.rules.maxBytes) throw refuse(`A bundle has at most ${this.rules.maxBytes} bytes.`);
    const bytes = await this.download(file.downloadUrl);
    try {
      return await readBundle(bytes, this.rules);
    } catch (error) {
      if (error instanceof BundleError) throw refuse(error.message);
      throw error;
    }
  }

  /** The URL is for clients; this process may reach the gateway at another address. */
  private async download(url: string): Promise<Buffer> {
    const { pathname, search } = new URL(url);
    try {
      const response = await fetch(new URL(pathname + search, this.graph.url), {
        signal: AbortSignal.timeout(DOWNLOAD_MS),
      });
      if (!response.ok) throw new Error(`status ${response.status}`);
      const bytes = Buffer.from(await response.arrayBuffer());
      if (bytes.length > this.rules.maxBytes) throw new Error('too large');
      return bytes;
    } catch (error) {
      throw new ApiError('SERVICE_UNAVAILABLE', 'The file could not be read. Try again later.', {
        cause: String(error),
      });
    }
  }
}
