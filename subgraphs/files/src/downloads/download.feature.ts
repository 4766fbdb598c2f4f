/** Downloads: their URLs and the bytes over HTTP. */
import type { FilesFeature } from '../feature';
import type { AttachedFiles } from '../files/attached-files';
import { FileLoader } from '../files/file.loader';
import { DownloadHttp } from './download.http';
import { DownloadResolver } from './download.resolver';
import { DownloadUrls } from './download.urls';

export const downloadFeature: FilesFeature<{
  needs: { attachedFiles: AttachedFiles };
  services: { downloadUrls: DownloadUrls };
}> = {
  name: 'downloads',
  resolvers: [DownloadResolver],
  services: ({ config, urls }) => ({ downloadUrls: new DownloadUrls(urls, config.DOWNLOAD_URL_SECONDS) }),
  http: ({ fork, log, services, store, urls }) =>
    new DownloadHttp({
      fork,
      store,
      urls,
      log,
      // The URL has ended before its viewer's session is of interest.
      loaderFor: (viewer) => new FileLoader(fork, { ...viewer, sessionId: '', expiresAt: 0 }, services.attachedFiles),
    }).handle,
};
