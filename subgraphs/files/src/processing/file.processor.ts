/**
 * Processes a complete upload: copies it to this machine, scans it, inspects it, stores its derivatives, and sets READY or REJECTED.
 *
 * Everything before the last transaction can be repeated: derivatives have keys of their own per file and are replaced. The transaction
 * changes the row only if it is still SCANNING, so a job that runs twice changes it once. A file that was deleted meanwhile leaves nothing.
 */
import type { EntityManager } from '@chat/kit/database/database';
import type { EventLog } from '@chat/kit/events/event-log';
import type { Jobs } from '@chat/kit/jobs/jobs';
import { LockMode } from '@mikro-orm/core';
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { BlobEntity, FileEntity, FileStatus } from '../files/file.entity';
import { REMOVE_OBJECTS, removeBlobs, type RemoveObjectsPayload } from '../files/file.deletion';
import { announceStatus } from '../files/file.service';
import type { DerivativeKind, Inspection } from '../inspection/inspection';
import type { Inspector } from '../inspection/inspector';
import type { FileScanner } from '../scanning/file-scanner';
import type { FileStore } from '../storage/file-store';
import { derivedPrefix } from '../storage/keys';
import { isPassed, scanFile, type FileScanResult } from './file.scans';
import { openWorkspace } from './workspace';

interface Deps {
  fork: () => EntityManager;
  eventLog: EventLog;
  jobs: Jobs;
  store: FileStore;
  scanner: FileScanner;
  inspector: Inspector;
}

type Keys = Partial<Record<DerivativeKind, string>>;

export class FileProcessor {
  constructor(private readonly deps: Deps) {}

  /** Does nothing if the file does not wait for it. @throws ScannerUnavailableError if there is no verdict yet */
  async process(fileId: string, signal?: AbortSignal): Promise<void> {
    const { fork, store, scanner, inspector } = this.deps;
    const file = await fork().findOne(FileEntity, { id: fileId, status: FileStatus.SCANNING });
    const blob = file?.blobId ? await fork().findOne(BlobEntity, { id: file.blobId }) : null;
    if (!blob) return;
    await using workspace = await openWorkspace();
    await pipeline(await store.open(blob.key), createWriteStream(workspace.input, { mode: 0o600 }), { signal });
    const scan = await scanFile(scanner, workspace.input, signal);
    if (!isPassed(scan.verdict)) return this.reject(fileId, scan);
    const inspection = await inspector.inspect(workspace.input, workspace.output, signal);
    const keys = await this.storeDerivatives(fileId, inspection, signal);
    if (!(await this.accept(fileId, scan, inspection, keys))) await this.removeDerivatives(fileId);
  }

  private async storeDerivatives(fileId: string, { derivatives }: Inspection, signal?: AbortSignal): Promise<Keys> {
    const keys: Keys = {};
    for (const { kind, path } of derivatives) {
      const key = `${derivedPrefix(fileId)}${kind.toLowerCase()}`;
      await this.deps.store.write(key, createReadStream(path), { signal });
      keys[kind] = key;
    }
    return keys;
  }

  /** @returns whether the file still waited for it */
  private accept(fileId: string, scan: FileScanResult, inspection: Inspection, keys: Keys): Promise<boolean> {
    return this.finish(fileId, (tx, file) => {
      tx.assign(file, {
        status: FileStatus.READY,
        mimeType: inspection.mimeType,
        metadata: inspection.metadata,
        isInlineSafe: inspection.isInlineSafe,
        location: inspection.location,
        thumbnailKey: keys.THUMBNAIL ?? null,
        previewKey: keys.PREVIEW ?? null,
        strippedKey: keys.SHARED ?? null,
        textKey: keys.TEXT ?? null,
        ...rowOf(scan),
      });
    });
  }

  /** The bytes of a rejected upload are removed: its owner still has them, and nobody else may get them. */
  private async reject(fileId: string, scan: FileScanResult): Promise<void> {
    await this.finish(fileId, async (tx, file) => {
      const blobId = file.blobId;
      tx.assign(file, { status: FileStatus.REJECTED, blobId: null, ...rowOf(scan) });
      await tx.flush();
      const keys = blobId === null ? [] : await removeBlobs(tx, [blobId]);
      const payload: RemoveObjectsPayload = { keys, prefixes: [] };
      if (keys.length > 0) await this.deps.jobs.enqueue(tx, REMOVE_OBJECTS, payload);
    });
  }

  private finish(
    fileId: string,
    change: (tx: EntityManager, file: FileEntity) => void | Promise<void>,
  ): Promise<boolean> {
    return this.deps.eventLog.transaction(this.deps.fork(), async (tx, append) => {
      const waiting = { id: fileId, status: FileStatus.SCANNING };
      const file = await tx.findOne(FileEntity, waiting, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (!file) return false;
      await change(tx, file);
      await tx.flush();
      await announceStatus(append, file);
      return true;
    });
  }

  /** Only of a file that no longer exists: another run may have completed it. */
  private async removeDerivatives(fileId: string): Promise<void> {
    const { fork, store } = this.deps;
    if (await fork().count(FileEntity, { id: fileId })) return;
    for await (const { key } of store.list(derivedPrefix(fileId))) await store.remove(key);
  }
}

/** The columns of a scan. */
export const rowOf = ({ verdict, signature, engine, scannedAt }: FileScanResult) => ({
  scanVerdict: verdict,
  scanSignature: signature,
  scanEngine: engine,
  scannedAt,
});
