/** The URLs of the files subgraph: to upload the bytes of one file, or to download one object. Other subgraphs sign downloads as well. */
import type { Secret } from './derived-keys';
import { SignedUrls, type UrlSpace } from './signed-urls';

/** A signed PUT, a tus upload, a download. */
type UrlKind = 'put' | 'tus' | 'get';

const FILE_URLS: UrlSpace<UrlKind> = { path: '/api/v1/files/', purpose: 'file-urls', kinds: ['put', 'tus', 'get'] };

export class FileUrls extends SignedUrls<UrlKind> {
  constructor(secret: Secret, publicUrl: string) {
    super(secret, publicUrl, FILE_URLS);
  }
}
