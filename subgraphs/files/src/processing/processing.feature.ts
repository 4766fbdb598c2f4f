/** Processing of uploads: scan, inspection and derivatives, in jobs. */
import type { FilesFeature } from '../feature';
import { Inspector } from '../inspection/inspector';
import { createScanner } from '../scanning/create-scanner';
import { FileProcessor } from './file.processor';
import { processingJobs } from './processing.jobs';
import { Rescan } from './rescan';

export const processingFeature: FilesFeature<{ services: { fileProcessor: FileProcessor; rescan: Rescan } }> = {
  name: 'processing',
  services({ config, eventLog, fork, jobs, log, store }) {
    const scanner = createScanner(config, log);
    const inspector = new Inspector(config, log);
    return {
      fileProcessor: new FileProcessor({ fork, eventLog, jobs, store, scanner, inspector }),
      rescan: new Rescan({ fork, eventLog, store, scanner, maxAgeDays: config.SCAN_AGAIN_DAYS, log }),
    };
  },
  jobs: ({ config, fork, jobs, log, services }) =>
    processingJobs({
      fork,
      jobs,
      processor: services.fileProcessor,
      rescan: services.rescan,
      retrySeconds: config.SCAN_RETRY_SECONDS,
      log,
    }),
};
