/** The URLs of the files subgraph: to upload the bytes of one file, or to download one object. Other subgraphs sign downloads as well. */
import { SignedUrls, type UrlSpace } from './signed-urls';

/** A signed PUT, a tus upload, a download. */
type UrlKind = 'put' | 'tus' | 'get';

const FILE_URLS: UrlSpace<UrlKind> = { path: '/api/v1/files/', purpose: 'file-urls', kinds: ['put', 'tus', 'get'] };

export class FileUrls extends SignedUrls<UrlKind> {
  constructor(secretKey: string, publicUrl: string) {
    super(secretKey, publicUrl, FILE_URLS);
  }
}
