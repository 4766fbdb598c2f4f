/**
 * Scans files again if the engine or its signatures have changed, or if their last scan is old. A file that fails is rejected and its bytes are kept, as signatures
 * can be wrong: if later ones no longer match, the file is READY again. Stops while the scanner is away, and continues afterwards.
 */
import type { EntityManager } from '@chat/kit/database/database';
import type { EventLog } from '@chat/kit/events/event-log';
import type { Logger } from '@chat/kit/logging';
import { LockMode } from '@mikro-orm/core';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { BlobEntity, FileEntity, FileStatus } from '../files/file.entity';
import { announceStatus } from '../files/file.service';
import { ScannerUnavailableError, type FileScanner } from '../scanning/file-scanner';
import { ObjectMissing, type FileStore } from '../storage/file-store';
import { rowOf } from './file.processor';
import { isPassed, scanFile, type FileScanResult } from './file.scans';
import { openWorkspace } from './workspace';

interface Deps {
  fork: () => EntityManager;
  eventLog: EventLog;
  store: FileStore;
  scanner: FileScanner;
  /** Scans are repeated after so many days; 0 is never. */
  maxAgeDays: number;
  log: Logger;
}

const BATCH = 50;
const NO_ID = '00000000-0000-0000-0000-000000000000';

export class Rescan {
  constructor(private readonly deps: Deps) {}

  /** Does nothing if the scanner is off, or if it is away. */
  async run(signal?: AbortSignal): Promise<void> {
    const { scanner, log } = this.deps;
    if (!scanner.isOn) return;
    try {
      const engine = await scanner.version(signal);
      for (let after: string | undefined = undefined; ;) {
        const ids: string[] = await this.findOutdated(engine, after);
        for (const id of ids) await this.scanAgain(id, signal);
        after = ids.at(-1);
        if (after === undefined) return;
      }
    } catch (error) {
      if (!(error instanceof ScannerUnavailableError)) throw error;
      log.warn({ err: error }, 'files are scanned again when the scanner is back');
    }
  }

  /** Files after an id, in the order of ids: a file that cannot be scanned is passed over until the next run. */
  private async findOutdated(engine: string, after = NO_ID): Promise<string[]> {
    const { maxAgeDays, fork } = this.deps;
    const age = maxAgeDays > 0 ? `or scanned_at < now() - interval '${maxAgeDays} days'` : '';
    const rows = await fork().execute<{ id: string }[]>(
      `select id from files.files where status in ('READY', 'REJECTED') and blob_id is not null
         and (scan_engine is distinct from ? ${age}) and id > ? order by id limit ${BATCH}`,
      [engine, after],
    );
    return rows.map(({ id }) => id);
  }

  private async scanAgain(id: string, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { fork, scanner, store, log } = this.deps;
    const file = await fork().findOne(FileEntity, { id });
    const blob = file?.blobId ? await fork().findOne(BlobEntity, { id: file.blobId }) : null;
    if (!blob) return;
    await using workspace = await openWorkspace();
    try {
      await pipeline(await store.open(blob.key), createWriteStream(workspace.input, { mode: 0o600 }), { signal });
    } catch (error) {
      if (!(error instanceof ObjectMissing)) throw error;
      return log.error({ err: error, file: id }, 'the bytes of a file are missing');
    }
    await this.apply(id, await scanFile(scanner, workspace.input, signal));
  }

  private async apply(id: string, scan: FileScanResult): Promise<void> {
    const { eventLog, fork, log } = this.deps;
    await eventLog.transaction(fork(), async (tx, append) => {
      const options = { lockMode: LockMode.PESSIMISTIC_WRITE };
      const file = await tx.findOne(FileEntity, { id, blobId: { $ne: null } }, options);
      if (file?.status !== FileStatus.READY && file?.status !== FileStatus.REJECTED) return;
      const status = isPassed(scan.verdict) ? FileStatus.READY : FileStatus.REJECTED;
      const isNews = status !== file.status || scan.verdict !== file.scanVerdict;
      tx.assign(file, { status, ...rowOf(scan) });
      await tx.flush();
      if (!isNews) return;
      log.info({ file: id, ...scan }, 'a new scan has changed the verdict of a file');
      await announceStatus(append, file);
    });
  }
}
