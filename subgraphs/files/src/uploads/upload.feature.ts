/** Uploads: beginning, receiving and completing them. */
import type { FilesFeature } from '../feature';
import { declaredSizes } from './declared-sizes';
import { DEDUPLICATE, Deduplication } from './deduplication';
import { QuotaService } from './quota.service';
import { TusServer } from './tus.server';
import { UploadHttp } from './upload.http';
import { UploadLocks } from './upload.locks';
import { uploadPolicy } from './upload.policy';
import { UploadResolver } from './upload.resolver';
import { UploadService } from './upload.service';
import { UploadStaging } from './upload.staging';

export const uploadFeature: FilesFeature<{
  services: { uploads: UploadService; quota: QuotaService; uploadHttp: UploadHttp; staging: UploadStaging };
}> = {
  name: 'uploads',
  resolvers: [UploadResolver],
  policy: uploadPolicy,
  services({ config, disposal, eventLog, fork, jobs, log, store, urls }) {
    const quota = new QuotaService({ perAccount: config.FILE_QUOTA_BYTES, total: config.FILE_TOTAL_QUOTA_BYTES });
    const locks = disposal.use(new UploadLocks(fork, log));
    const resumable = store.resumableUploads(declaredSizes(fork));
    const staging = new UploadStaging(store, resumable);
    const limits = { maxBytes: config.FILE_MAX_BYTES, lifetimeSeconds: config.UPLOAD_SECONDS };
    const tus = new TusServer(resumable, locks, log);
    return {
      quota,
      staging,
      uploads: new UploadService({ store, urls, quota, locks, staging, eventLog, jobs, fork }, limits),
      uploadHttp: new UploadHttp({ fork, store, urls, tus, quota, maxBytes: config.FILE_MAX_BYTES, log }),
    };
  },
  jobs: ({ fork, jobs, log, store }) => ({
    tasks: { [DEDUPLICATE]: new Deduplication({ fork, jobs, log, store }).deduplicate },
  }),
  http: ({ services }) => services.uploadHttp.handle,
};
