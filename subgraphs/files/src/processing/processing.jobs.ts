/** The jobs of processing: one per upload, and cron jobs for files that were left behind. */
import type { EntityManager } from '@chat/kit/database/database';
import type { Jobs, JobTask } from '@chat/kit/jobs/jobs';
import type { Logger } from '@chat/kit/logging';
import { ScannerUnavailableError } from '../scanning/file-scanner';
import { PROCESS_FILE, type ProcessFilePayload } from '../uploads/upload.jobs';
import type { FileProcessor } from './file.processor';
import type { Rescan } from './rescan';
import { removeAbandonedWorkspaces } from './workspace';

interface Deps {
  fork: () => EntityManager;
  jobs: Jobs;
  processor: FileProcessor;
  rescan: Rescan;
  /** Pause before the next attempt if the scanner is away. */
  retrySeconds: number;
  log: Logger;
}

const RESCAN_FILES = 'rescan-files';
const RESUME_PROCESSING = 'resume-processing';

/** Every five minutes; clamd itself looks for new signatures less often. */
const CRON = [`*/5 * * * * ${RESCAN_FILES}`, `*/5 * * * * ${RESUME_PROCESSING}`];

/** Files that wait although no job of theirs is left, such as after 25 failures. */
const FIND_LEFT_BEHIND = `select id from files.files where status = 'SCANNING' and completed_at < now() - interval '5 minutes'
  and not exists (select from graphile_worker.jobs where key = 'files:${PROCESS_FILE}:' || files.id and attempts < max_attempts)
  order by completed_at limit 1000`;

export function processingJobs({ fork, jobs, processor, rescan, retrySeconds, log }: Deps) {
  const enqueue = (tx: EntityManager, payload: ProcessFilePayload, runAt?: Date) =>
    jobs.enqueue(tx, PROCESS_FILE, payload, { key: `${PROCESS_FILE}:${payload.fileId}`, runAt });

  const processFile: JobTask = async ({ fileId }: ProcessFilePayload, { signal }) => {
    try {
      await processor.process(fileId, signal);
    } catch (error) {
      if (!(error instanceof ScannerUnavailableError)) throw error;
      // A new job, as this one would fail for good after 25 attempts.
      log.warn({ err: error, file: fileId }, 'a file waits for the scanner');
      await fork().transactional((tx) => enqueue(tx, { fileId }, new Date(Date.now() + retrySeconds * 1000)));
    }
  };

  const resumeProcessing: JobTask = async () => {
    await removeAbandonedWorkspaces();
    const rows = await fork().execute<{ id: string }[]>(FIND_LEFT_BEHIND);
    for (const { id } of rows) await fork().transactional((tx) => enqueue(tx, { fileId: id }));
  };

  const rescanFiles: JobTask = (_payload, { signal }) => rescan.run(signal);

  return {
    tasks: { [PROCESS_FILE]: processFile, [RESUME_PROCESSING]: resumeProcessing, [RESCAN_FILES]: rescanFiles },
    cron: CRON,
  };
}
